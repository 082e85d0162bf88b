/** ResizeBilinear and ResizeNearestNeighbor of tensors that lie in planes. */
import {
  Identity,
  ResizeBilinear,
  type ResizeBilinearAttrs,
  type ResizeBilinearInputs,
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  type ResizeNearestNeighborInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { TileRunner } from '../../src/runner.js';
import { stockKernel, tiledKernel } from './ladder.js';
import { outputIn } from './output.js';
import type { ResizeMethod } from './programs/resize.js';

export const resizeKernels = [
  tiledKernel<ResizeBilinearInputs, ResizeBilinearAttrs>(
    ResizeBilinear,
    (runner, { images }, attrs) => resize(runner, 'bilinear', images, attrs),
  ),
  tiledKernel<ResizeNearestNeighborInputs, ResizeNearestNeighborAttrs>(
    ResizeNearestNeighbor,
    (runner, { images }, attrs) => resize(runner, 'nearest', images, attrs),
  ),
];

/**
 * The result lies in the tile of the images; null where they do not lie in planes. Of the same size
 * it is the images themselves, by every way of resizing.
 */
function resize(
  runner: TileRunner,
  method: ResizeMethod,
  images: TensorInfo,
  { alignCorners, halfPixelCenters, size }: ResizeBilinearAttrs,
): TensorInfo | null {
  const isSameSize = util.arraysEqual(size, images.shape.slice(1, 3));
  if (isSameSize && images.dtype === 'float32') {
    return stockKernel(runner, Identity, { x: images });
  }
  const residence = runner.residence(images);
  if (residence?.format !== 'NHWC') return null;
  const { layout, format } = residence;
  const { batch, channels, tile } = layout;
  const [height, width] = size;
  if (!size.every((pixels) => Number.isInteger(pixels) && pixels > 0)) return null;
  const output = outputIn(runner, [batch, height, width, channels], format, tile);
  const ratio = [
    resizeRatio(layout.height, height, alignCorners),
    resizeRatio(layout.width, width, alignCorners),
  ];
  const uniforms = { ratio, roundBase: alignCorners ? 0.5 : 0 };
  const spec = { family: 'resize', method, halfPixelCenters: !!halfPixelCenters, tile } as const;
  const operand = runner.tiles(images, layout, format, tile);
  return runner.run(spec, { x: operand }, uniforms, output);
}

/** Input pixels from an output pixel to the next: sizes, or the distances of their corners. */
export function resizeRatio(input: number, output: number, alignCorners: boolean): number {
  return alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
}
