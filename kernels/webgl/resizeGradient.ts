/**
 * ResizeBilinearGrad and ResizeNearestNeighborGrad. Unlike our other kernels, they do not fall back
 * to the stock kernel if no input is in planes or a program fails, because stock returns wrong
 * values or does not compile.
 */
import {
  Identity,
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  type TensorInfo,
  type TypedArray,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
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
import { runnerOf, type TiledKernel, type TileRunner } from './runner.js';

export const resizeGradientKernels: readonly TiledKernel[] = [
  gradientKernel(ResizeBilinearGrad, 'bilinear'),
  gradientKernel(ResizeNearestNeighborGrad, 'nearest'),
];

function gradientKernel(kernelName: string, method: ResizeMethod): TiledKernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const runner = runnerOf(backend);
      const { images, dy } = inputs as { images: TensorInfo; dy: TensorInfo };
      const given = attrs as unknown as ResizeAttrs;
      const gradient = resizeGradient(kernelName, method, { images, dy }, given);
      try {
        return runner.transaction([images, dy], () => drawn(runner, gradient, images, dy));
      } catch (error) {
        if (!(error instanceof NeedsFallback)) throw error;
        const values = runner.backend.readSync(dy.dataId) as TypedArray;
        const dx = new Float32Array(util.sizeFromShape(images.shape));
        writeResizeGradient(gradient, values, dx);
        runner.stepDown(kernelName, 'tiles', 'cpu', error.message);
        return runner.makeTensorInfo(images.shape, 'float32', dx);
      }
    },
  };
}

/** Tile of a dy that is not in planes: convolutions of every tile can read it. */
const usualTile = { w: 2, h: 2, c: 1 } as const;

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
  if ([...shape, ...dy.shape].includes(0)) {
    return runner.makeTensorInfo(shape, 'float32', new Float32Array(util.sizeFromShape(shape)));
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
