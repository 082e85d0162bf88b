import { ResizeBilinear, type ResizeBilinearAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { sourcesOf } from '../shape/resize.js';
import { onHeap, withFloats } from './onHeap.js';
import { effort } from './shared/effort.js';
import { sourceWords, writeSources } from './sources.js';
import { isFloat, stockOr } from './stockOr.js';

const wordBytes = 4;

/** Bilinear resize with the same sample positions as stock 'cpu'. Pictures are int32 mostly. */
export const resizeBilinearKernel = stockOr<{ images: TensorInfo }, ResizeBilinearAttrs>(
  ResizeBilinear,
  ({ inputs: { images }, attrs, backend, micro }) => {
    // Stock returns NaN for images without pixels.
    if (!isFloat(images) && images.dtype !== 'int32') return null;
    if (images.shape.includes(0)) return null;
    const [batch, height, width, channels] = images.shape;
    const [outHeight, outWidth] = attrs.size;
    const pixel = wordBytes * channels;
    return onHeap(backend, [batch, outHeight, outWidth, channels], (y) => {
      const words = sourceWords * (outHeight + outWidth);
      backend.withBlock(words * wordBytes, (rows) => {
        const cols = rows + sourceWords * outHeight * wordBytes;
        const ofRows = sourcesOf('bilinear', height, outHeight, attrs);
        const ofCols = sourcesOf('bilinear', width, outWidth, attrs);
        writeSources(backend, rows, ofRows, width * pixel);
        writeSources(backend, cols, ofCols, pixel);
        const [image, row] = [height * width * pixel, outWidth * pixel];
        const [areImages, outImage] = [batch > 1, outHeight * row];
        const values = outWidth * channels * (areImages ? outHeight : 1);
        const parts = { grain: 1, effort: effort.interpolation * values, blocks: [y] };
        withFloats(backend, images, (x) =>
          backend.stepInParts(micro, {
            ...{ ...parts, length: areImages ? batch : outHeight },
            call: (from, count) => {
              const [at, to] = areImages
                ? [x + from * image, y + from * outImage]
                : [x, y + from * row];
              const sizes = areImages
                ? [count, image, channels, outHeight]
                : [1, image, channels, count];
              const first = areImages ? rows : rows + from * wordBytes * sourceWords;
              return ['resizeBilinear', at, to, ...sizes, outWidth, first, cols];
            },
          }),
        );
      });
    });
  },
);
