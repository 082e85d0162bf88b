/** ResizeBilinear and ResizeNearestNeighbor of tensors that are in planes. */
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
import { type ResizeMethod, resizeRatio } from '../shape/resize.js';
import { stockKernel, tiledKernel } from './fallback.js';
import { outputIn } from './output.js';
import type { TileRunner } from './runner.js';

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
 * Resizes images into a result in the same tile; returns null if they are not in planes. If the
 * size stays the same, the result is the images themselves, whatever the method.
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
  const placement = runner.placementOf(images);
  if (placement?.format !== 'NHWC') return null;
  const { layout, format } = placement;
  const { batch, channels, tile } = layout;
  const [height, width] = size;
  if (!size.every((pixels) => Number.isInteger(pixels) && pixels > 0)) return null;
  const output = outputIn(runner, [batch, height, width, channels], format, tile);
  const uniforms = resizeUniforms([layout.height, layout.width], size, alignCorners);
  const spec = { family: 'resize', method, halfPixelCenters: !!halfPixelCenters, tile } as const;
  const operand = runner.tiles(images, layout, format, tile);
  return runner.run(spec, { x: operand }, uniforms, output);
}

/**
 * Returns the uniforms of programs that resize, and of their gradients; sizes are [height, width].
 */
export function resizeUniforms(
  size: readonly number[],
  outSize: readonly number[],
  alignCorners: boolean,
) {
  const ratio = [0, 1].map((axis) => resizeRatio(size[axis], outSize[axis], alignCorners));
  return { ratio, roundBase: alignCorners ? 0.5 : 0 };
}
