/** ResizeBilinear and ResizeNearestNeighbor of tensors that lie in planes. */
import {
  ResizeBilinear,
  type ResizeBilinearAttrs,
  type ResizeBilinearInputs,
  ResizeNearestNeighbor,
  type ResizeNearestNeighborAttrs,
  type ResizeNearestNeighborInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { TileRunner } from '../../src/runner.js';
import { tiledKernel } from './ladder.js';
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

/** The result lies in the tile of the images; null where they do not lie in planes. */
function resize(
  runner: TileRunner,
  method: ResizeMethod,
  images: TensorInfo,
  { alignCorners, halfPixelCenters, size }: ResizeBilinearAttrs,
): TensorInfo | null {
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
