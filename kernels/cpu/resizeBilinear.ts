import { ResizeBilinear, type ResizeBilinearAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { onHeap } from './onHeap.js';
import { isFloat, stockOr } from './stockOr.js';

/** Along one axis, for each output position: two positions of x and how far it is to the second. */
function sources(size: number, outSize: number, alignCorners: boolean, halfPixel: boolean) {
  const apart = alignCorners && outSize > 1 ? 1 : 0;
  const scale = (size - apart) / (outSize - apart);
  return Array.from({ length: outSize }, (_, at) => {
    const place = halfPixel ? scale * (at + 0.5) - 0.5 : scale * at;
    const first = Math.max(0, Math.floor(place));
    return { first, second: Math.min(size - 1, Math.ceil(place)), share: place - first };
  });
}

/** As stock 'cpu' places its samples. */
export const resizeBilinearKernel = stockOr<{ images: TensorInfo }, ResizeBilinearAttrs>(
  ResizeBilinear,
  ({ inputs: { images }, attrs, backend, micro }) => {
    // From nothing stock makes NaN.
    if (!isFloat(images) || images.shape.includes(0)) return null;
    const [batch, height, width, channels] = images.shape;
    const [outHeight, outWidth] = attrs.size;
    const rows = sources(height, outHeight, attrs.alignCorners, attrs.halfPixelCenters);
    const cols = sources(width, outWidth, attrs.alignCorners, attrs.halfPixelCenters);
    const pixel = 4 * channels;
    return onHeap(backend, [batch, outHeight, outWidth, channels], (y) => {
      const x = backend.address(images);
      let to = y;
      for (let n = 0; n < batch; n++) {
        const image = x + n * height * width * pixel;
        for (const row of rows) {
          const top = image + row.first * width * pixel;
          const bottom = image + row.second * width * pixel;
          for (const { first, second, share } of cols) {
            const [left, right] = [first * pixel, second * pixel];
            micro.between(
              top + left,
              top + right,
              bottom + left,
              bottom + right,
              to,
              channels,
              share,
              row.share,
            );
            to += pixel;
          }
        }
      }
    });
  },
);
