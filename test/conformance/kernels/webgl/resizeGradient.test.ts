/** Tests of gradients of resized images on tiled-webgl, against a float64 transpose of resizing. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import { compare, describeComparison, type Reference } from '../../../../src/validator/index.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import {
  describeResizing,
  gradientOfIndices,
  type Resizing,
  resizeGradientOracle,
} from '../../../support/resizeOracle.js';
import { ours, tf } from '../../../support/setup.js';

const ops = {
  bilinear: tf.image.resizeBilinear,
  nearest: tf.image.resizeNearestNeighbor,
} as const;

function resized(r: Resizing, x: tf.Tensor): tf.Tensor {
  return ops[r.method](x as tf.Tensor4D, [...r.to], r.alignCorners, r.halfPixelCenters);
}

const kernels = { bilinear: tf.ResizeBilinearGrad, nearest: tf.ResizeNearestNeighborGrad } as const;

/** Runs the kernel that tf.grad() requests; images are zero because their values do not matter. */
function gradient(r: Resizing, dy: tf.Tensor): tf.Tensor {
  const { alignCorners, halfPixelCenters } = r;
  const images = tf.zeros([r.batch, ...r.from, r.channels]);
  const attrs = { alignCorners, halfPixelCenters };
  return tf.engine().runKernel(kernels[r.method], { images, dy }, attrs);
}

function agree(y: tf.Tensor, wanted: Reference, what: string): void {
  const result = compare({ shape: y.shape, values: y.dataSync() }, wanted);
  expect(result.ok, `${what}: ${describeComparison(result)}`).to.equal(true);
}

const dyShape = (r: Resizing): Shape4 => [r.batch, ...r.to, r.channels];

const plain = { alignCorners: false, halfPixelCenters: false };
const aligned = { ...plain, alignCorners: true };
const half = { ...plain, halfPixelCenters: true };

const up = { from: [3, 4], to: [6, 7] } as const;
const down = { from: [5, 9], to: [3, 4] } as const;
const fromOne = { from: [1, 4], to: [5, 4] } as const;
/** Sizes with some pixels on the edge between two others, where float32 rounding decides. */
const onEdges = { from: [2, 7], to: [83, 21] } as const;

// Tests in Node run the programs on more sizes and in more tiles.
describe('gradients of resized images', () => {
  for (const how of [
    { ...up, ...plain },
    { ...up, ...half },
    { ...down, ...half },
    { ...fromOne, ...aligned },
  ]) {
    const r: Resizing = { method: 'bilinear', batch: 2, channels: 5, ...how };
    it(`are the transpose of the resizing: ${describeResizing(r)}`, () =>
      leavingNothing(() => {
        const wanted = resizeGradientOracle(r, wholeNumbers(dyShape(r)), 'float32');
        tf.tidy(() => {
          const dx = gradient(r, inPlanes(dyShape(r)));
          expectOnlyInPlanes(dx);
          agree(dx, wanted, 'dy in planes');
        });
      }));
  }

  for (const how of [
    { ...onEdges, ...plain },
    { ...onEdges, ...aligned },
    { ...onEdges, ...half },
    { ...down, ...half },
    { ...fromOne, ...aligned },
  ]) {
    const r: Resizing = { method: 'nearest', batch: 2, channels: 3, ...how };
    it(`go to the pixels that were taken: ${describeResizing(r)}`, () =>
      leavingNothing(() =>
        tf.tidy(() => {
          const indices = tf.range(0, r.from[0] * r.from[1]);
          const pixels = resized(r, tf.reshape(indices, [1, ...r.from, 1])).dataSync();
          const wanted = gradientOfIndices(r, pixels, wholeNumbers(dyShape(r)));
          agree(gradient(r, inPlanes(dyShape(r))), wanted, 'dy in planes');
        }),
      ));
  }

  for (const backend of ours) {
    it(`are what tf.grad() gives on ${backend}, of one image and of a batch`, async () => {
      await tf.setBackend(backend);
      tf.tidy(() => {
        const dy = tf.tensor4d([1, 2, 3, 4, 10, 20, 30, 40], [2, 2, 2, 1]);
        const grown = tf.grad((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2, 2]));
        expect([...grown(tf.zeros([2, 1, 1, 1]), dy).dataSync()]).to.deep.equal([10, 100]);
        const wide = tf.grad((x) => tf.image.resizeBilinear(x as tf.Tensor3D, [2, 4]));
        const dx = wide(tf.zeros([1, 2, 1]), tf.ones([2, 4, 1]));
        expect(dx.shape).to.deep.equal([1, 2, 1]);
        expect([...dx.dataSync()]).to.deep.equal([3, 5]);
        // The outer two of the 4 pixels are beyond the centers of the 2 input pixels; each of the
        // inner two is a quarter of a pixel from a center.
        const inside = tf.grad((x) =>
          tf.image.resizeBilinear(x as tf.Tensor4D, [1, 4], false, true),
        );
        const shares = inside(
          tf.zeros([1, 1, 2, 1]),
          tf.tensor4d([1, 10, 100, 1000], [1, 1, 4, 1]),
        );
        expect([...shares.dataSync()]).to.deep.equal([1 + 7.5 + 25, 2.5 + 75 + 1000]);
      });
    });
  }

  it('share the data of dy when the images keep their size', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const dy = inPlanes([1, 4, 5, 3]);
        const r = { method: 'bilinear', batch: 1, channels: 3, from: [4, 5], to: [4, 5] } as const;
        expect(gradient({ ...r, ...plain }, dy).dataId).to.equal(dy.dataId);
      }),
    ));

  it('are computed on the CPU when their program does not compile', () =>
    onOwnBackend(
      'tiled-without-gradient',
      (gl) => {
        const { shaderSource } = gl;
        gl.shaderSource = (shader, source) =>
          shaderSource.call(gl, shader, source.includes('readersOf') ? 'not a shader' : source);
      },
      () => {
        for (const method of ['bilinear', 'nearest'] as const) {
          const r: Resizing = { method, batch: 2, channels: 3, ...down, ...half };
          const dy = wholeNumbers(dyShape(r));
          const wanted = resizeGradientOracle(r, dy, 'float64');
          tf.tidy(() => agree(gradient(r, tf.tensor4d(dy, dyShape(r))), wanted, method));
        }
        const { ladder } = tiledInfo('tiled-without-gradient');
        expect(ladder.map(({ kernel, from, to }) => [kernel, from, to])).to.deep.equal([
          ['ResizeBilinearGrad', 'tiles', 'cpu'],
          ['ResizeNearestNeighborGrad', 'tiles', 'cpu'],
        ]);
      },
    ));

  it('say what is wrong with their inputs', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const inputs = { images: tf.zeros([1, 2, 2, 3]), dy: tf.zeros([1, 4, 4, 2]) };
        expect(() => tf.engine().runKernel(tf.ResizeBilinearGrad, inputs, plain)).to.throw(
          'ResizeBilinearGrad: dy [1,4,4,2] must have the batch and the channels of images [1,2,2,3]',
        );
        expect(tiledInfo('tiled-webgl').ladder.map(({ kernel }) => kernel)).to.not.include(
          'ResizeBilinearGrad',
        );
      }),
    ));
});
