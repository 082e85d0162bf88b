import { ResizeBilinear, type ResizeBilinearAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { sourcesOf } from '../shape/resize.js';
import { onHeap, withFloats } from './onHeap.js';
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
        const image = height * width * pixel;
        withFloats(backend, images, (x) =>
          backend.step(() =>
            micro.resizeBilinear(x, y, batch, image, channels, outHeight, outWidth, rows, cols),
          ),
        );
      });
    });
  },
);
