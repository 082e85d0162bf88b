import {
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { sourcesOf } from '../shape/resize.js';
import type { HeapType } from './heapType.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import { sourceWords, writeSources } from './sources.js';
import { isWord, stockOr } from './stockOr.js';

const wordBytes = 4;

export const resizeNearestNeighborKernel = stockOr<
  { images: TensorInfo },
  ResizeNearestNeighborAttrs
>(ResizeNearestNeighbor, ({ inputs: { images }, attrs, backend, micro }) => {
  if (!isWord(images) || images.shape.includes(0)) return null;
  const [batch, height, width, channels] = images.shape;
  const [outHeight, outWidth] = attrs.size;
  const pixel = wordBytes * channels;
  const write = (y: number) => {
    const x = backend.address(images);
    backend.withBlock(wordBytes * sourceWords * (outHeight + outWidth), (rows) => {
      const cols = rows + wordBytes * sourceWords * outHeight;
      const sources = (size: number, outSize: number) => sourcesOf('nearest', size, outSize, attrs);
      writeSources(backend, rows, sources(height, outHeight), width * pixel);
      writeSources(backend, cols, sources(width, outWidth), pixel);
      const [image, outImage] = [height * width * pixel, outHeight * outWidth * pixel];
      for (let n = 0; n < batch; n++) {
        const [at, to] = [x + n * image, y + n * outImage];
        const values = outWidth * channels;
        backend.stepInParts(micro, {
          length: outHeight,
          grain: 1,
          effort: effort.value * values,
          blocks: [y],
          call: (from, count) => [
            'sample',
            0,
            at,
            to + from * wordBytes * values,
            channels,
            count,
            outWidth,
            rows + from * wordBytes * sourceWords,
            cols,
            0,
          ],
        });
      }
    });
  };
  const shape = [batch, outHeight, outWidth, channels];
  return onHeap(backend, shape, write, images.dtype as HeapType);
});
