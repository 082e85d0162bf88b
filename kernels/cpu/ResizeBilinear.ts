import { ResizeBilinear, type ResizeBilinearAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { sourcesOf } from '../shape/resize.js';
import { onHeap } from './onHeap.js';
import { isFloat, stockOr } from './stockOr.js';

/** Bilinear resize with the same sample positions as stock 'cpu'. */
export const resizeBilinearKernel = stockOr<{ images: TensorInfo }, ResizeBilinearAttrs>(
  ResizeBilinear,
  ({ inputs: { images }, attrs, backend, micro }) => {
    // Stock returns NaN for images without pixels.
    if (!isFloat(images) || images.shape.includes(0)) return null;
    const [batch, height, width, channels] = images.shape;
    const [outHeight, outWidth] = attrs.size;
    const rows = sourcesOf('bilinear', height, outHeight, attrs);
    const cols = sourcesOf('bilinear', width, outWidth, attrs);
    const pixel = 4 * channels;
    return onHeap(backend, [batch, outHeight, outWidth, channels], (y) => {
      const x = backend.address(images);
      backend.step(() => {
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
    });
  },
);
