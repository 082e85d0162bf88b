/** ResizeBilinearGrad and ResizeNearestNeighborGrad; stock's are wrong for batches and more. */
import {
  Identity,
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { ResizeAttrs, ResizeMethod } from '../shape/resize.js';
import {
  type ResizeGradient,
  resizeGradient,
  writeResizeGradient,
} from '../shape/resizeGradient.js';
import { stockKernel } from './fallback.js';
import { extentOf } from './layout/tile.js';
import { outputIn } from './output.js';
import { resizeUniforms } from './resize.js';
import type { TiledKernel, TileRunner } from './runner.js';
import { kernelWithoutStock, usualTile } from './withoutStock.js';

export const resizeGradientKernels: readonly TiledKernel[] = [
  gradientKernel(ResizeBilinearGrad, 'bilinear'),
  gradientKernel(ResizeNearestNeighborGrad, 'nearest'),
];

type Inputs = Readonly<Record<'images' | 'dy', TensorInfo>>;

function gradientKernel(kernelName: string, method: ResizeMethod): TiledKernel {
  return kernelWithoutStock<Inputs, ResizeAttrs>(kernelName, ({ images, dy }, attrs) => {
    const gradient = resizeGradient(kernelName, method, { images, dy }, attrs);
    return {
      inputs: [dy],
      shape: images.shape,
      draw: (runner) => drawn(runner, gradient, images, dy),
      write: ([values], dx) => writeResizeGradient(gradient, values, dx),
    };
  });
}

/** Draws the gradient in the tile of dy; between images of the same size it is dy itself. */
function drawn(
  runner: TileRunner,
  { method, alignCorners, halfPixelCenters, ...g }: ResizeGradient,
  { shape }: TensorInfo,
  dy: TensorInfo,
): TensorInfo {
  if (util.arraysEqual(shape, dy.shape) && dy.dtype === 'float32') {
    return stockKernel(runner, Identity, { x: dy });
  }
  const placement = runner.placementOf(dy);
  const tile = placement?.format === 'NHWC' ? placement.layout.tile : usualTile;
  const output = outputIn(runner, shape, 'NHWC', tile);
  const operand = runner.tiles(dy, extentOf(dy.shape, 'NHWC'), 'NHWC', tile);
  const uniforms = resizeUniforms([g.height, g.width], [g.outHeight, g.outWidth], alignCorners);
  const family = 'resizeGradient' as const;
  const spec = { family, method, halfPixelCenters: !!halfPixelCenters, tile };
  return runner.run(spec, { dy: operand }, uniforms, output);
}
