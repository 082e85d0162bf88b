/** Tests of gradients of pools on tiled-webgl, against their definition in float64 and stock cpu. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import {
  drawsOf,
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import {
  agreesInPlanes,
  definitionOf,
  dyShapeOf,
  expectAgreement,
  gradientOf,
  type Pooling,
  pools,
} from './poolGradients.js';

// test/long has more windows.
describe('gradients of pools', () => {
  for (const op of ['max', 'avg'] as const) {
    for (const [name, p] of Object.entries(pools)) {
      it(`are in planes, and what the definition says: ${op} ${name}`, () => agreesInPlanes(op, p));
    }
  }

  it('go to the first of equal maxima, and to no NaN or -Infinity, as in stock cpu', () =>
    leavingNothing(async () => {
      const low = Number.NEGATIVE_INFINITY;
      const values = [3, 3, Number.NaN, 1, low, low, low, low, 1, 2, Number.NaN, Number.NaN];
      const p: Pooling = { shape: [1, 2, 6, 1], filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
      const run = () => {
        const x = tf.tensor4d(values, p.shape);
        const same = tf.depthwiseConv2d(x, tf.ones([1, 1, 1, 1]) as tf.Tensor4D, 1, 'valid');
        return gradientOf('max', p, same, tf.tensor4d([5, 7, 9], [1, 1, 3, 1]));
      };
      const wanted = [5, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0];
      expect(await onCPU(run)).to.deep.equal(wanted);
      expect([...tf.tidy(() => run().dataSync())]).to.deep.equal(wanted);
    }));

  it('convert nothing between tiles, and take two draws of a maximum and one of a mean', () =>
    leavingNothing(() => {
      const p = pools['3x3, stride 2, same'];
      for (const [op, draws] of [
        ['max', 2],
        ['avg', 1],
      ] as const) {
        const [x, dy] = [inPlanes(p.shape), inPlanes([2, 4, 5, 6])];
        const attrs = { ...p } as unknown as tf.NamedAttrMap;
        const kernel = op === 'max' ? tf.MaxPoolGrad : tf.AvgPoolGrad;
        const inputs = { dy, input: x, output: dy };
        const draw = () => tf.dispose(tf.engine().runKernel(kernel, inputs, attrs));
        const conversions = conversionsIn(() => expect(drawsOf(draw), op).to.equal(draws));
        expect(conversions, op).to.deep.equal([]);
        tf.dispose([x, dy]);
      }
    }));

  it('read maps of one column as the rows that they are', () =>
    leavingNothing(() => {
      for (const op of ['max', 'avg'] as const) {
        const p: Pooling = {
          shape: [2, 30, 1, 5],
          filterSize: [3, 1],
          strides: [2, 1],
          pad: 'same',
        };
        const [rows, dyRows]: Shape4[] = [
          [2, 1, 30, 5],
          [2, 1, 15, 5],
        ];
        const wanted = definitionOf(op, p, [2, 15, 1, 5]);
        tf.tidy(() => {
          const x = tf.reshape(inPlanes(rows), [...p.shape]);
          const dy = tf.reshape(inPlanes(dyRows), [2, 15, 1, 5]);
          let dx = dy;
          const conversions = conversionsIn(() => {
            dx = tf.reshape(gradientOf(op, p, x, dy), rows);
            expectOnlyInPlanes(dx);
          });
          expect(conversions, op).to.deep.equal([]);
          expectAgreement(p.shape, dx.dataSync(), wanted, op);
        });
      }
    }));

  it('are computed of tensors that are in no planes', () =>
    leavingNothing(() => {
      const p: Pooling = { shape: [1, 5, 7, 9], filterSize: [3, 2], strides: [1, 1], pad: 'same' };
      const g = (x: tf.Tensor, dy: tf.Tensor) => [...gradientOf('avg', p, x, dy).dataSync()];
      tf.tidy(() => {
        const planes = g(inPlanes(p.shape), inPlanes(p.shape));
        const values = tf.tensor(wholeNumbers(p.shape), p.shape);
        expect(g(values, values)).to.deep.equal(planes);
        expect(
          gradientOf('max', p, tf.zeros([0, 5, 7, 9]), tf.zeros([0, 5, 7, 9])).shape[0],
        ).to.equal(0);
      });
    }));

  it('are computed on the CPU when their program does not compile', () =>
    onOwnBackend(
      'tiled-without-pool-gradient',
      (gl) => {
        const { shaderSource } = gl;
        gl.shaderSource = (shader, source) =>
          shaderSource.call(gl, shader, source.includes('windowsOf') ? 'not a shader' : source);
      },
      () => {
        const p = pools['3x3, stride 2, pad 1, rounded up'];
        const before = tf.memory().numTensors;
        for (const op of ['max', 'avg'] as const) {
          const dyShape = dyShapeOf(op, p);
          tf.tidy(() => {
            const x = tf.tensor(wholeNumbers(p.shape), p.shape);
            const dx = gradientOf(op, p, x, tf.tensor(wholeNumbers(dyShape), dyShape));
            expectAgreement(dx.shape, dx.dataSync(), definitionOf(op, p, dyShape), op);
          });
        }
        expect(tf.memory().numTensors).to.equal(before);
        const { ladder } = tiledInfo('tiled-without-pool-gradient');
        expect(ladder.map(({ kernel, from, to }) => [kernel, from, to])).to.deep.equal([
          ['MaxPoolGrad', 'tiles', 'cpu'],
          ['AvgPoolGrad', 'tiles', 'cpu'],
        ]);
      },
    ));

  it('say what is wrong with their inputs', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
        const run = (input: tf.Tensor, dy: tf.Tensor) => () =>
          tf.engine().runKernel(tf.AvgPoolGrad, { input, dy }, attrs);
        expect(run(tf.zeros([1, 4, 4, 3]), tf.zeros([1, 4, 4, 3]))).to.throw(
          'AvgPoolGrad: dy must have the shape of the pooled input, [1,2,2,3]. Got [1,4,4,3].',
        );
        expect(run(tf.zeros([4, 4, 3]), tf.zeros([1, 2, 2, 3]))).to.throw(
          'AvgPoolGrad: input must be [batch, height, width, channels]. Got shape [4,4,3].',
        );
      }),
    ));
});
