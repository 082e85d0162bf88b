import { CropAndResize, type CropAndResizeAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { valuesOf } from './kernel.js';
import { onHeap } from './onHeap.js';
import { type MaybeSource, sourceWords, writeSources } from './sources.js';
import { isFloat, stockOr } from './stockOr.js';

const wordBytes = 4;

type Inputs = Readonly<Record<'image' | 'boxes' | 'boxInd', TensorInfo>>;

/**
 * Returns the source of each position of a crop along an axis.
 * @param from first and last position, as shares of the distance between the image's outermost pixels
 */
function sourcesOf(
  size: number,
  outSize: number,
  [from, to]: readonly [number, number],
  isBilinear: boolean,
): MaybeSource[] {
  const scale = outSize > 1 ? ((to - from) * (size - 1)) / (outSize - 1) : 0;
  return Array.from({ length: outSize }, (_, at) => {
    const place = outSize > 1 ? from * (size - 1) + at * scale : 0.5 * (from + to) * (size - 1);
    if (place < 0 || place > size - 1) return 'outside';
    if (Number.isNaN(place)) return 'unknown';
    const [first, second] = isBilinear
      ? [Math.floor(place), Math.ceil(place)]
      : [Math.round(place), 0];
    return { first, second, share: place - first };
  });
}

export const cropAndResizeKernel = stockOr<Inputs, CropAndResizeAttrs>(
  CropAndResize,
  ({ inputs: { image, boxes, boxInd }, attrs, backend, micro }) => {
    const { cropSize, method, extrapolationValue } = attrs;
    const [outHeight, outWidth] = cropSize;
    const [batch, height, width, channels] = image.shape;
    const count = boxes.shape[0];
    const shape = [count, outHeight, outWidth, channels];
    if (!isFloat(image) || !isFloat(boxes) || boxInd.dtype !== 'int32') return null;
    if (image.shape.includes(0) || shape.includes(0)) return null;
    const isBilinear = method === 'bilinear';
    const pixel = wordBytes * channels;
    const [imageBytes, cropBytes] = [height * width * pixel, outHeight * outWidth * pixel];
    return onHeap(backend, shape, (y) => {
      const x = backend.address(image);
      backend.withBlock(wordBytes * sourceWords * (outHeight + outWidth), (rows) => {
        const cols = rows + wordBytes * sourceWords * outHeight;
        const crop = () => {
          const [edges, images] = [valuesOf(backend, boxes), valuesOf(backend, boxInd)];
          for (let i = 0; i < count; i++) {
            const [top, left, bottom, right] = edges.subarray(4 * i, 4 * i + 4);
            const to = y + i * cropBytes;
            if (images[i] >= batch) {
              // Stock leaves such crops as they are made.
              backend.view(to, cropBytes / wordBytes).fill(0);
              continue;
            }
            const isThere = images[i] >= 0;
            const known = (sources: MaybeSource[]): MaybeSource[] =>
              isThere ? sources : sources.map((s) => (s === 'outside' ? s : 'unknown'));
            const ofRows = sourcesOf(height, outHeight, [top, bottom], isBilinear);
            const ofCols = sourcesOf(width, outWidth, [left, right], isBilinear);
            writeSources(backend, rows, known(ofRows), width * pixel);
            writeSources(backend, cols, known(ofCols), pixel);
            const from = x + (isThere ? images[i] : 0) * imageBytes;
            micro.sample(
              Number(isBilinear),
              from,
              to,
              channels,
              outHeight,
              outWidth,
              rows,
              cols,
              extrapolationValue,
            );
          }
        };
        backend.step(crop, [boxes, boxInd]);
      });
    });
  },
);
