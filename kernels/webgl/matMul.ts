/**
 * Matrix products of tensors that are in planes: the dense layers of a net. If a row holds all
 * values of an image, the product is a convolution whose filter covers the image; if a row holds
 * one pixel, the product is a 1x1 convolution.
 */
import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  type _FusedMatMulInputs,
  BatchMatMul,
  type BatchMatMulAttrs,
  type BatchMatMulInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { defaultLeakyreluAlpha, type FusedActivation, fusedActivations } from '../shape/fused.js';
import { convolve } from './convolve.js';
import { tiledKernel } from './fallback.js';
import type { Extent } from './layout/tile.js';
import { productOfTwo } from './productOfTwo.js';
import { placementOfRows } from './rows.js';
import type { TileRunner } from './runner.js';

type Fused = Pick<_FusedMatMulInputs, 'bias' | 'preluActivationWeights'> &
  Partial<Pick<_FusedMatMulAttrs, 'activation' | 'leakyreluAlpha'>>;

export const matMulKernels = [
  tiledKernel<BatchMatMulInputs, BatchMatMulAttrs>(
    BatchMatMul,
    (runner, inputs, attrs) =>
      computedProduct(runner, inputs, attrs, {}) ??
      product(runner, BatchMatMul, inputs, attrs, {}) ??
      toStock(runner, inputs, attrs),
  ),
  tiledKernel<_FusedMatMulInputs, _FusedMatMulAttrs>(
    _FusedMatMul,
    (runner, inputs, attrs) =>
      computedProduct(runner, inputs, attrs, { ...inputs, ...attrs }) ??
      product(runner, _FusedMatMul, inputs, attrs, { ...inputs, ...attrs }) ??
      toStock(runner, inputs, attrs),
  ),
];

/**
 * Returns activation(a b + bias); null if a is not in planes, or if the shapes or types need the
 * stock kernel.
 */
function product(
  runner: TileRunner,
  kernelName: string,
  { a, b }: Record<'a' | 'b', TensorInfo>,
  { transposeA, transposeB }: BatchMatMulAttrs,
  { bias, preluActivationWeights: slope, activation = 'linear', leakyreluAlpha }: Fused,
): TensorInfo | null {
  const [first, second] = b.shape.slice(-2);
  const [inner, columns] = transposeB ? [second, first] : [first, second];
  const fits =
    !transposeA &&
    b.dtype === 'float32' &&
    b.shape.length >= 2 &&
    b.shape.length <= a.shape.length &&
    inner === a.shape.at(-1) &&
    isMatrix(b) &&
    [bias, slope].every((x) => x == null || isVector(x, columns));
  const extent = fits ? extentOfRows(runner, a, transposeB) : null;
  if (extent === null || !isActivation(activation)) return null;
  const { batch, height, width, channels } = extent;
  const x = { ...a, shape: [batch, height, width, channels] };
  const [filterHeight, filterWidth] = channels === inner ? [1, 1] : [height, width];
  const filterShape = [filterHeight, filterWidth, channels, columns];
  const shape = convShape('conv2d', x.shape, filterShape, { strides: 1, pad: 'valid' });
  return convolve(runner, kernelName, shape, {
    x,
    filter: { ...b, shape: transposeB ? [1, 1, columns, channels] : filterShape },
    flipped: transposeB,
    bias: bias ?? undefined,
    slope: slope ?? undefined,
    activation,
    alpha: activation === 'leakyrelu' ? (leakyreluAlpha ?? defaultLeakyreluAlpha) : undefined,
    resultShape: [...a.shape.slice(0, -1), columns],
  });
}

/**
 * Returns an extent in which each row of x is a pixel, or all values of an image; null if x is not in
 * planes, or would be mostly padding there.
 * @param inPixels true if rows cannot be images of several pixels
 */
function extentOfRows(runner: TileRunner, x: TensorInfo, inPixels: boolean): Extent | null {
  const placement = runner.placementOfData(x);
  if (placement === null) return null;
  const depth = x.shape.at(-1) as number;
  const rows = util.sizeFromShape(x.shape) / depth;
  const { batch, height, width, channels } = placement.layout;
  const isImage = rows === batch && depth === height * width * channels;
  const isPixel = height * width === 1;
  const fits = isPixel || (placement.format === 'NHWC' && !inPixels);
  if (isImage && fits) return placement.layout;
  return placementOfRows(runner, x)?.layout ?? null;
}

/** Returns a product of two tensors in planes; null if the stock kernel should compute it. */
function computedProduct(
  runner: TileRunner,
  { a, b }: Record<'a' | 'b', TensorInfo>,
  { transposeA, transposeB }: BatchMatMulAttrs,
  { bias, activation = 'linear' }: Fused,
): TensorInfo | null {
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  const fits = bias == null || isVector(bias, columns);
  if (!fits || activation === 'prelu' || activation === 'leakyrelu' || !isActivation(activation))
    return null;
  return productOfTwo(runner, {
    a,
    b,
    transposeA,
    transposeB,
    bias: bias ?? undefined,
    activation,
  });
}

/**
 * Leaves a product to the stock kernel by returning null. If the number of terms is odd, stock also
 * sums the padding of packed textures, which holds exp(0) = 1 and the like after an earlier packed
 * kernel. Therefore such operands are unpacked first.
 */
function toStock(
  runner: TileRunner,
  { a, b }: Record<'a' | 'b', TensorInfo>,
  { transposeA }: BatchMatMulAttrs,
): null {
  const terms = a.shape.at(transposeA ? -2 : -1) as number;
  if (terms % 2 === 1) for (const x of [a, b]) runner.unpack(x);
  return null;
}

/** True if all axes before the last two have a size of 1. */
function isMatrix({ shape }: TensorInfo): boolean {
  return shape.slice(0, -2).every((size) => size === 1);
}

function isVector({ shape }: TensorInfo, size: number): boolean {
  return shape.at(-1) === size && util.sizeFromShape(shape) === size;
}

function isActivation(name: string): name is FusedActivation {
  return (fusedActivations as readonly string[]).includes(name);
}
