/** Tests of drivers that compute wrongly: the variant is refused before its first result. */
import { expect } from 'chai';
import { errorQueue, replaceCall } from '../../../../../scripts/webgl/contexts.js';
import { masks } from '../../../../../scripts/webgl/masks.js';
import { ContextLostError, type TiledWebGLBackend, tiledInfo } from '../../../../../src/index.js';
import { tf } from '../../../../support/setup.js';
import { name, ours, rewriting, stock, withDriver } from './wrongDrivers.js';

/** Computes sums that no half float holds; with `steps`, relu is fused into the program. */
function answer(steps = true): number[][] {
  return tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 9 * 10 * 8), [1, 9, 10, 8]) as tf.Tensor4D;
    const y = tf.conv2d(x, tf.ones([3, 3, 8, 8]) as tf.Tensor4D, 1, 'same');
    const z = tf.depthwiseConv2d(x, tf.ones([3, 3, 8, 1]) as tf.Tensor4D, 1, 'same');
    return [steps ? tf.relu(y) : y, z].map((result) => [...result.dataSync()]);
  });
}

/** Runs the programs that answer() does not use, with other strides and dilations. */
function everyFamily(): void {
  tf.tidy(() => {
    const x = tf.ones([1, 9, 10, 5]) as tf.Tensor4D;
    const filter = (...shape: [number, number, number, number]) => tf.ones(shape) as tf.Tensor4D;
    for (const y of [
      tf.conv2d(x, filter(9, 9, 5, 3), [1, 3], 'same'),
      tf.conv2d(x, filter(3, 180, 5, 3), 1, 'same'),
      tf.conv2d(x, filter(3, 2, 5, 3), 1, 'same', 'NHWC', [2, 3]),
      tf.sigmoid(tf.conv2d(x, filter(2, 2, 5, 3), 2, 'valid')),
      tf.depthwiseConv2d(x, filter(3, 3, 5, 2), 2, 'same'),
      tf.conv2dTranspose(x, filter(3, 3, 4, 5), [1, 18, 20, 4], 2, 'same'),
      tf.conv2dTranspose(x, filter(4, 4, 4, 5), [1, 18, 20, 4], 2, 'same'),
      tf.conv2dTranspose(x, filter(3, 3, 4, 5), [1, 27, 30, 4], 3, 'same'),
      tf.conv2dTranspose(x, filter(3, 3, 4, 5), [1, 9, 10, 4], 1, 'same'),
    ]) {
      y.dataSync();
    }
  });
}

describe('the self-test', () => {
  let expected: number[][];

  before(async () => {
    await tf.setBackend('cpu');
    expected = answer();
  });

  it('passes on a right driver, and leaves no memory and no program behind', () =>
    withDriver(
      () => {},
      () => {
        expect(answer()).to.deep.equal(expected);
        everyFamily();
        const { ladder, variants } = tiledInfo(name);
        expect(ladder).to.deep.equal([]);
        const ran = Object.values(variants).flatMap((counts) => Object.keys(counts));
        expect(ran).to.include.members([
          'general',
          'depthwise-general',
          'transposed-4x2x1',
          'transposed-general',
        ]);
        const { planes, programs } = (tf.backend() as unknown as TiledWebGLBackend).device;
        expect(planes.setsInUse).to.equal(0);
        const before = programs.size;
        expect(answer()).to.deep.equal(expected);
        expect(programs.size).to.equal(before);
      },
    ));

  it('does not judge a draw that failed for want of memory, but gives the context up', () => {
    let draws = false;
    const failing = (gl: WebGL2RenderingContext) => {
      const raise = errorQueue(gl);
      replaceCall(gl, 'drawArrays', (real, args) =>
        draws ? real(...args) : raise(gl.OUT_OF_MEMORY),
      );
    };
    return withDriver(failing, () => {
      expect(() => answer()).to.throw(ContextLostError);
      draws = true;
      expect(answer()).to.deep.equal(expected);
      const { ladder, context } = tiledInfo(name);
      expect(ladder).to.deep.equal([]);
      expect(context?.losses).to.equal(1);
    });
  });

  for (const mask of ['wrong-target', 'wrong-precision'] as const) {
    it(`refuses wrong variants, and lists them in the ladder: ${mask}`, () =>
      withDriver(masks[mask].apply, () => {
        expect(answer()).to.deep.equal(expected);
        expect(answer(), 'again').to.deep.equal(expected);
        const { ladder, variants } = tiledInfo(name);
        const refused = ladder.filter(({ reason }) => reason.startsWith('self-test: '));
        expect(refused.map(({ from }) => from)).to.include.members(['depthwise-4x2x1']);
        for (const { from } of refused) {
          expect({ ...variants.Conv2D, ...variants.DepthwiseConv2dNative }).to.not.have.property(
            from,
          );
        }
      }));
  }

  it('falls back to the stock kernel when every variant is wrong', () =>
    withDriver(rewriting(ours), () => {
      expect(answer()).to.deep.equal(expected);
      const { ladder } = tiledInfo(name);
      expect(ladder.filter(({ to }) => to === 'stock webgl')).to.have.length(2);
      expect(ladder.filter(({ to }) => to === 'cpu')).to.have.length(0);
    }));

  it('falls back to the cpu kernel when the stock kernel is wrong as well', () =>
    withDriver(
      rewriting((source) => stock(ours(source))),
      () => {
        // The self-test covers convolutions only.
        expect(answer(false)).to.deep.equal(expected);
        const onCpu = tiledInfo(name).ladder.filter(({ to }) => to === 'cpu');
        expect(onCpu.map(({ kernel }) => kernel)).to.include.members([
          'Conv2D',
          'DepthwiseConv2dNative',
        ]);
        for (const { reason } of onCpu) expect(reason).to.match(/^self-test: /);
      },
    ));
});
