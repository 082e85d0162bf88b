import { ResizeBilinear, type ResizeBilinearAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Source, sourcesOf } from '../shape/resize.js';
import type { CPURunner } from './kernel.js';
import { onHeap } from './onHeap.js';
import { isFloat, stockOr } from './stockOr.js';

const wordBytes = 4;
/** Words of a source in wasm/resize.ts. */
const sourceWords = 3;

/** Bilinear resize with the same sample positions as stock 'cpu'. */
export const resizeBilinearKernel = stockOr<{ images: TensorInfo }, ResizeBilinearAttrs>(
  ResizeBilinear,
  ({ inputs: { images }, attrs, backend, micro }) => {
    // Stock returns NaN for images without pixels.
    if (!isFloat(images) || images.shape.includes(0)) return null;
    const [batch, height, width, channels] = images.shape;
    const [outHeight, outWidth] = attrs.size;
    const pixel = wordBytes * channels;
    return onHeap(backend, [batch, outHeight, outWidth, channels], (y) => {
      const x = backend.address(images);
      const words = sourceWords * (outHeight + outWidth);
      backend.withBlock(words * wordBytes, (rows) => {
        const cols = rows + sourceWords * outHeight * wordBytes;
        const ofRows = sourcesOf('bilinear', height, outHeight, attrs);
        const ofCols = sourcesOf('bilinear', width, outWidth, attrs);
        writeSources(backend, rows, ofRows, width * pixel);
        writeSources(backend, cols, ofCols, pixel);
        const image = height * width * pixel;
        backend.step(() =>
          micro.resizeBilinear(x, y, batch, image, channels, outHeight, outWidth, rows, cols),
        );
      });
    });
  },
);

/** Writes sources to a block; `bytes` are those from one input position to the next. */
function writeSources(
  backend: CPURunner,
  address: number,
  sources: readonly Source[],
  bytes: number,
): void {
  const floats = backend.view(address, sourceWords * sources.length);
  const ints = new Int32Array(floats.buffer, address, floats.length);
  for (const [i, { first, second, share }] of sources.entries()) {
    const at = sourceWords * i;
    ints[at] = first * bytes;
    ints[at + 1] = second * bytes;
    floats[at + 2] = share;
  }
}
