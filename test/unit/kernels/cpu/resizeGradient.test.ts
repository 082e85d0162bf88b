/** Tests of gradients of resized images on tiled-cpu, against the float64 transpose of a resize. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { TiledCPUBackend } from '../../../../src/index.js';
import {
  compare,
  describeComparison,
  fractions,
  integers,
  type Reference,
  stream,
} from '../../../../src/validator/index.js';
import {
  describeResizing,
  gradientOfIndices,
  type Resizing,
  resizeGradientOracle,
} from '../../../support/resizeOracle.js';

type Shape4 = [number, number, number, number];

/** Sizes: up, down, to and from one pixel, rounded past a pixel by float64, and unchanged. */
const sizes = [
  [3, 5, 6, 10],
  [5, 9, 3, 4],
  [4, 6, 1, 1],
  [2, 3, 9, 7],
  [1, 1, 3, 2],
  [1, 4, 5, 4],
  [4, 1, 2, 5],
  [2, 2, 98, 3],
  [7, 3, 7, 3],
].map(([height, width, outHeight, outWidth]) => ({
  from: [height, width] as const,
  to: [outHeight, outWidth] as const,
}));

const kernels = {
  bilinear: [tf.ResizeBilinear, tf.ResizeBilinearGrad],
  nearest: [tf.ResizeNearestNeighbor, tf.ResizeNearestNeighborGrad],
} as const;

function resized(r: Resizing, images: tf.Tensor): tf.Tensor {
  const { to: size, alignCorners, halfPixelCenters } = r;
  const attrs = { size: [...size], alignCorners, halfPixelCenters };
  return tf.engine().runKernel(kernels[r.method][0], { images }, attrs);
}

function gradient(r: Resizing, dy: Float32Array): tf.Tensor {
  const { method, batch, from, to, channels, alignCorners, halfPixelCenters } = r;
  const images = tf.zeros([batch, ...from, channels]);
  const inputs = { images, dy: tf.tensor(dy, [batch, ...to, channels]) };
  return tf.engine().runKernel(kernels[method][1], inputs, { alignCorners, halfPixelCenters });
}

const dySize = ({ batch, to, channels }: Resizing) => batch * to[0] * to[1] * channels;

function agree(y: tf.Tensor, wanted: Reference, what: string): void {
  const result = compare({ shape: y.shape, values: y.dataSync() }, wanted);
  expect(result.ok, `${what}: ${describeComparison(result)}`).to.equal(true);
  expect(y.dtype).to.equal('float32');
}

class WithoutHeap extends TiledCPUBackend {
  override get heap() {
    return null;
  }
}

const without = 'tiled-cpu-without-heap';

for (const backend of ['tiled-cpu', without]) {
  describe(`gradients of resized images on ${backend}`, () => {
    before(async () => {
      if (backend === without) {
        tf.registerBackend(without, () => new WithoutHeap(), 0);
        tf.copyRegisteredKernels('tiled-cpu', without);
      }
      await tf.setBackend(backend);
    });
    after(async () => {
      await tf.setBackend('cpu');
      if (backend === without) tf.removeBackend(without);
    });

    for (const method of ['bilinear', 'nearest'] as const) {
      for (const alignCorners of [false, true]) {
        for (const halfPixelCenters of [false, true]) {
          const flags = { alignCorners, halfPixelCenters };
          it(`are the transpose of the resizing: ${method}, ${JSON.stringify(flags)}`, () => {
            for (const size of sizes) {
              for (const channels of [1, 3]) {
                const r: Resizing = { method, batch: 2, channels, ...size, ...flags };
                const dy = fractions(stream(1, 'dy'), dySize(r));
                const wanted = resizeGradientOracle(r, dy, 'float64');
                tf.tidy(() => agree(gradient(r, dy), wanted, describeResizing(r)));
              }
            }
          });
        }
      }
    }

    it('go to the pixels that the nearest neighbours came from', () => {
      for (const size of sizes) {
        for (const alignCorners of [false, true]) {
          for (const halfPixelCenters of [false, true]) {
            const flags = { alignCorners, halfPixelCenters };
            const r: Resizing = { method: 'nearest', batch: 2, channels: 2, ...size, ...flags };
            const dy = integers(stream(2, 'dy'), dySize(r), 9);
            tf.tidy(() => {
              const indices = tf.range(0, r.from[0] * r.from[1]);
              const pixels = resized(r, tf.reshape(indices, [1, ...r.from, 1])).dataSync();
              agree(gradient(r, dy), gradientOfIndices(r, pixels, dy), describeResizing(r));
            });
          }
        }
      }
    });

    it('equal values computed by hand', () => {
      const plain = { alignCorners: false, halfPixelCenters: false };
      const of = (r: Resizing, ...dy: number[]) =>
        tf.tidy(() => [...gradient(r, Float32Array.from(dy)).dataSync()]);
      const twoPixels = {
        method: 'nearest',
        batch: 2,
        channels: 1,
        from: [1, 1],
        to: [2, 2],
      } as const;
      expect(of({ ...twoPixels, ...plain }, 1, 2, 3, 4, 10, 20, 30, 40)).to.deep.equal([10, 100]);
      const wide = { method: 'bilinear', batch: 1, channels: 1, from: [1, 2], to: [2, 4] } as const;
      expect(of({ ...wide, ...plain }, 1, 1, 1, 1, 1, 1, 1, 1)).to.deep.equal([3, 5]);
      // The outer two of the 4 pixels are beyond the centers of the 2 input pixels; each of the
      // inner two is a quarter of a pixel from a center.
      const half = { ...wide, to: [1, 4], ...plain, halfPixelCenters: true } as const;
      expect(of(half, 1, 10, 100, 1000)).to.deep.equal([1 + 7.5 + 25, 2.5 + 75 + 1000]);
    });

    it('do not spread infinite values to pixels that did not contribute', () => {
      const r = { batch: 1, channels: 1, from: [2, 3], to: [4, 6] } as const;
      const flags = { alignCorners: false, halfPixelCenters: false };
      const dy = new Float32Array(24).fill(1);
      dy[0] = Number.POSITIVE_INFINITY;
      tf.tidy(() => {
        const dx = gradient({ method: 'bilinear', ...r, ...flags }, dy).dataSync();
        expect(dx[0]).to.equal(Number.POSITIVE_INFINITY);
        expect([...dx.slice(1)].every(Number.isFinite), `${dx}`).to.equal(true);
      });
    });

    it('are empty for empty images, and zero for an empty dy', () => {
      const attrs = { alignCorners: false, halfPixelCenters: false };
      const run = (images: Shape4, dy: Shape4) =>
        tf
          .engine()
          .runKernel<tf.Tensor>(
            tf.ResizeBilinearGrad,
            { images: tf.zeros(images), dy: tf.zeros(dy) },
            attrs,
          );
      tf.tidy(() => {
        expect(run([0, 2, 2, 3], [0, 4, 4, 3]).shape).to.deep.equal([0, 2, 2, 3]);
        expect([...run([1, 2, 1, 1], [1, 0, 3, 1]).dataSync()]).to.deep.equal([0, 0]);
      });
    });

    it('say what is wrong with their inputs', () => {
      const attrs = { alignCorners: false, halfPixelCenters: false };
      const run = (images: tf.Tensor, dy: tf.Tensor) =>
        tf.engine().runKernel(tf.ResizeNearestNeighborGrad, { images, dy }, attrs);
      tf.tidy(() => {
        const images = tf.zeros([1, 2, 2, 3]);
        expect(() => run(images, tf.zeros([2, 4, 4, 3]))).to.throw(
          'ResizeNearestNeighborGrad: dy [2,4,4,3] must have the batch and the channels of images [1,2,2,3]',
        );
        expect(() => run(images, tf.zeros([4, 4, 3]))).to.throw(
          'ResizeNearestNeighborGrad: dy must be [batch, height, width, channels]. Got shape [4,4,3]',
        );
        const complex = tf.complex(tf.zeros([1, 4, 4, 3]), tf.zeros([1, 4, 4, 3]));
        expect(() => run(images, complex)).to.throw(
          'dy must be of real numbers. Got dtype complex64',
        );
      });
    });
  });
}
