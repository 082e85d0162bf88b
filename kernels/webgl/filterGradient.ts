/** Gradients of convolutions with respect to their filters, drawn in tiles. */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import type { DataFormat } from '../shape/convShape.js';
import { noAxes } from './layout/axes.js';
import { type Extent, extentOf, type Tile, tileLayout } from './layout/tile.js';
import type { FilterGradientSpec } from './programs/filterGradient.js';
import type { Output, TileRunner } from './runner.js';

/** Tensors and sizes of a gradient; `info` is the convolution from x to the tensor of dy. */
export interface FilterGradientCall {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
  readonly filterShape: readonly number[];
  readonly info: Omit<backend_util.Conv2DInfo, 'dataFormat'>;
  readonly format: DataFormat;
}

/**
 * Draws the gradient: partial sums, and their sum in a second pass if there are several. Its layout is one
 * in which kernels of optimizers combine it with the filter.
 * @param rowsOfPart number of rows of dy, of all batch elements, in a partial sum
 * @throws NeedsFallback if no texture is large enough, or a program does not work
 */
export function filterGradient(
  runner: TileRunner,
  spec: FilterGradientSpec,
  { x, dy, filterShape, info, format }: FilterGradientCall,
  rowsOfPart = rowsOfParts(runner, spec, info),
): TensorInfo {
  const [filterHeight, filterWidth, inChannels, last] = filterShape;
  const isDense = spec.kernel === 'conv2d';
  const parts = Math.ceil((info.batchSize * info.outHeight) / rowsOfPart);
  const taps = isDense
    ? { height: filterHeight * filterWidth, width: inChannels, channels: last }
    : { height: filterHeight, width: filterWidth, channels: inChannels * last };
  const output = (batch: number) => outputOf(runner, { batch, ...taps }, spec, filterShape);
  const operand = (tensor: TensorInfo, tile: Tile) =>
    runner.tiles(tensor, extentOf(tensor.shape, format), format, tile);
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const uniforms = {
    rowGeometry: [filterHeight, strideHeight, dilationHeight, padInfo.top],
    columnGeometry: [filterWidth, strideWidth, dilationWidth, padInfo.left],
    rowsOfPart,
    multiplier: isDense ? 1 : last,
  };
  const operands = { x: operand(x, spec.in), dy: operand(dy, spec.dy) };
  const sums = runner.run(spec, operands, uniforms, output(parts));
  if (parts === 1) return sums;
  const { layout } = output(parts);
  const partial = runner.tiles(sums, layout, 'NHWC', layout.tile);
  const over = { ...noAxes, batch: true };
  const total = { family: 'reduce', op: 'sum', in: layout.tile, over } as const;
  const result = runner.run(total, { x: partial }, { divisor: 1 }, output(1));
  runner.disposeIntermediateTensorInfo(sums);
  return result;
}

/** Returns an output of the gradient's shape, of which the batch elements are parts. */
function outputOf(
  runner: TileRunner,
  extent: Extent,
  { out }: FilterGradientSpec,
  filterShape: readonly number[],
): Output {
  const layout = tileLayout(extent, out, runner.limits.maxTextureSize);
  if (layout === null) {
    throw new NeedsFallback(
      `${extent.batch} partial gradients of a filter [${filterShape}] are too large for a texture here`,
    );
  }
  const { batch, height, width, channels } = extent;
  const shape = batch === 1 ? filterShape : [batch, height, width, channels];
  return { shape, layout, format: 'NHWC' };
}

/** Maximum number of pixels of dy in a partial sum, so that no fragment takes long or sums up errors. */
const MOST_PIXELS = 2048;
/** Number of fragments that occupy a GPU. */
const FRAGMENTS = 16_384;
/** Maximum number of texels of partial sums: 64 MB. */
const MOST_TEXELS = 2 ** 22;

/** Returns the number of rows of dy in a partial sum: few enough for a GPU to have enough sums at once. */
function rowsOfParts(
  { limits }: TileRunner,
  { kernel, out }: FilterGradientSpec,
  { batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels, outChannels }: Sizes,
): number {
  const { w, c } = out;
  const columns = kernel === 'conv2d' ? Math.ceil(inChannels / w) : 1;
  const fragments = filterHeight * filterWidth * columns * Math.ceil(outChannels / 4 / c);
  const rows = batchSize * outHeight;
  const occupying = limits.device.software ? 1 : FRAGMENTS / fragments;
  const parts = Math.min(
    Math.max((rows * outWidth) / MOST_PIXELS, occupying),
    MOST_TEXELS / (fragments * w * c),
  );
  return Math.max(1, Math.floor(rows / Math.max(1, parts)));
}

type Sizes = FilterGradientCall['info'];
