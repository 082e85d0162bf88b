/** Conv2DBackpropFilter and DepthwiseConv2dNativeBackpropFilter. */
import {
  backend_util,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropFilterInputs,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropFilterInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import type { DataFormat, ForwardKernel } from '../shape/convShape.js';
import { tiledKernel } from './fallback.js';
import { type FilterGradientCall, filterGradient } from './filterGradient.js';
import { filterGradientFault } from './filterGradientSelfTest.js';
import { tileName } from './layout/tile.js';
import type { FilterGradientSpec } from './programs/filterGradient.js';
import { type TileRunner, texturesOf } from './runner.js';

export const backpropFilterKernels = [
  tiledKernel<Conv2DBackpropFilterInputs, Conv2DBackpropFilterAttrs>(
    Conv2DBackpropFilter,
    (runner, { x, dy }, { filterShape, strides, pad, dataFormat = 'NHWC', dimRoundingMode }) => {
      if (x.shape.length !== 4) return null;
      const info = backend_util.computeConv2DInfo(
        x.shape as Shape4,
        filterShape,
        strides,
        1,
        pad,
        dimRoundingMode,
        false,
        backend_util.convertConv2DDataFormat(dataFormat),
      );
      return gradient(runner, 'conv2d', x, dy, filterShape, info, dataFormat);
    },
  ),
  tiledKernel<DepthwiseConv2dNativeBackpropFilterInputs, DepthwiseConv2dNativeBackpropFilterAttrs>(
    DepthwiseConv2dNativeBackpropFilter,
    (runner, { x, dy }, { filterShape, strides, dilations, pad, dimRoundingMode }) => {
      if (x.shape.length !== 4) return null;
      const info = backend_util.computeConv2DInfo(
        x.shape as Shape4,
        filterShape,
        strides,
        dilations,
        pad,
        dimRoundingMode,
        true,
      );
      return gradient(runner, 'depthwiseConv2d', x, dy, filterShape, info, 'NHWC');
    },
  ),
];

type Shape4 = [number, number, number, number];

/** Returns the gradient; null if the stock kernel should compute it, or report wrong arguments. */
function gradient(
  runner: TileRunner,
  kernel: ForwardKernel,
  x: TensorInfo,
  dy: TensorInfo,
  filterShape: Shape4,
  info: backend_util.Conv2DInfo,
  format: DataFormat,
): TensorInfo | null {
  const isUsual =
    [x, dy].every(({ dtype }) => dtype === 'float32') &&
    util.arraysEqual(dy.shape, info.outShape) &&
    filterShape[2] === info.inChannels &&
    [x.shape, dy.shape, filterShape].every((shape) => util.sizeFromShape(shape) > 0) &&
    [info.padInfo.top, info.padInfo.left].every(Number.isInteger);
  if (!isUsual) return null;
  const call = { x, dy, filterShape, info, format };
  const spec = specOf(runner, kernel, call);
  const fault = filterGradientFault(runner, nameOf(spec), spec);
  if (fault !== null) throw new NeedsFallback(fault);
  return filterGradient(runner, spec, call);
}

/** Returns the name of a program, by which its known-answer test is known. */
function nameOf({ kernel, multiplier, in: input, dy, out }: FilterGradientSpec): string {
  const parameters = [multiplier, ...[input, dy, out].map(tileName)];
  return `${kernel}-filter-gradient-${parameters.join('-')}`;
}

const onePixel = { w: 1, h: 1, c: 1 } as const;

/** Returns the program for the tiles that x and dy are in. */
function specOf(
  runner: TileRunner,
  kernel: ForwardKernel,
  { x, dy, filterShape, format }: FilterGradientCall,
): FilterGradientSpec {
  const { limits } = runner;
  // A pixel is found at run time, which takes a fetch for each texture that it may be in.
  const tileOf = (tensor: TensorInfo) => {
    const placement = runner.placementOf(tensor);
    const tile = placement?.format === format ? placement.layout.tile : onePixel;
    return texturesOf(tile, limits) === 1 ? tile : onePixel;
  };
  const last = filterShape[3];
  const isDense = kernel === 'conv2d';
  return {
    family: 'filterGradient',
    kernel,
    multiplier: isDense || last === 1 ? 'one' : 'any',
    in: tileOf(x),
    dy: tileOf(dy),
    out: isDense ? { w: 4, h: 1, c: last <= 4 || limits.maxTargets < 8 ? 1 : 2 } : onePixel,
  };
}
