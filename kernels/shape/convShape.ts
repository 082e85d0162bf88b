import { backend_util } from '@tensorflow/tfjs-core';
import { assertPads, stepsOf, tooLarge, windowOf } from './window.js';

/** Kernels that read a window of the input for each output pixel. */
export type ForwardKernel = 'conv2d' | 'depthwiseConv2d';
export type ConvKernel = ForwardKernel | 'conv2dTranspose';
export type DataFormat = 'NHWC' | 'NCHW';
export type Pad = 'same' | 'valid' | number | backend_util.ExplicitPadding;

/** The attributes of the tfjs kernels Conv2D and DepthwiseConv2dNative, fused or not. */
export interface ConvAttrs {
  strides: number | readonly [number, number];
  pad: Pad;
  dataFormat?: DataFormat;
  dilations?: number | readonly [number, number] | null;
  dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
}

/**
 * All sizes of one convolution. It is valid on creation: sizes are whole and not negative, strides
 * and dilations are at least 1.
 *
 * Output pixel (r, c) reads input pixel (r * strideHeight - padTop + i * dilationHeight,
 * c * strideWidth - padLeft + j * dilationWidth) for filter tap (i, j); pixels outside the input
 * are zero. For a 'conv2dTranspose' it is the other way round, with the sizes of the convolution of
 * which it is the gradient: input pixel (r, c) adds to output pixel (r * strideHeight - padTop + i,
 * c * strideWidth - padLeft + j). `padBottom` and `padRight` hold the requested padding. Windows may reach further with
 * rounding up ('ceil', 'round') or with a pad given as a number, so the output size is not derived
 * from them.
 */
export interface ConvShape {
  readonly kernel: ConvKernel;
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly padBottom: number;
  readonly padRight: number;
  /** Output channels per input channel of a depthwise convolution; 1 for conv2d. */
  readonly channelMultiplier: number;
  readonly dataFormat: DataFormat;
  /** In the order of `dataFormat`. */
  readonly inShape: readonly [number, number, number, number];
  /** In the order of `dataFormat`. */
  readonly outShape: readonly [number, number, number, number];
}

/**
 * Returns the shape of a convolution of x by a filter
 * [height, width, inChannels, outChannels or multiplier].
 *
 * Sizes come from tfjs-core's own `computeConv2DInfo`, so they agree with the op in every corner:
 * a pad given as a number applies the filter's height and the vertical stride to both axes, and
 * `dimRoundingMode` defaults to truncation.
 *
 * A depthwise convolution is computed as NHWC whatever `dataFormat` says, as the stock 'webgl' and
 * 'cpu' kernels do (tfjs documents NHWC as the only supported format). A filter of the wrong depth,
 * which stock would accept, is an error here.
 *
 * @throws Error that names the kernel, the values and the remedy, when an attribute is out of
 *   range, strides and dilations are both above 1, the depths differ, or the dilated filter is so
 *   much larger than the padded input that the output would have a negative size.
 */
export function convShape(
  kernel: ForwardKernel,
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttrs,
): ConvShape {
  const known = knownShapes.get(filterShape) ?? [];
  for (const call of known) {
    if (isSameCall(call, kernel, xShape, filterShape, attrs)) return call.shape;
  }
  const shape = computeShape(kernel, xShape, filterShape, attrs);
  if (known.length === MOST_SHAPES) known.length = 0;
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  // The caller may write to its arrays.
  known.push({
    kernel,
    xShape: copyOf(xShape),
    filterShape: copyOf(filterShape),
    strides: copyOf(strides),
    pad: copyOf(pad),
    dataFormat,
    dilations: copyOf(dilations),
    dimRoundingMode,
    shape,
  });
  knownShapes.set(filterShape, known);
  return shape;
}

/** A call of convShape(), with its result. */
interface KnownCall extends ConvAttrs {
  readonly kernel: ForwardKernel;
  readonly xShape: readonly number[];
  readonly filterShape: readonly number[];
  readonly shape: ConvShape;
}

/**
 * Calls by the array of the filter's shape, which is the same in every prediction: tfjs makes it once
 * for each tensor.
 */
const knownShapes = new WeakMap<readonly number[], KnownCall[]>();
const MOST_SHAPES = 64;

function isSameCall(
  known: KnownCall,
  kernel: ForwardKernel,
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dataFormat, dilations, dimRoundingMode }: ConvAttrs,
): boolean {
  return (
    known.kernel === kernel &&
    sameNumbers(known.xShape, xShape) &&
    sameNumbers(known.filterShape, filterShape) &&
    sameNumbers(known.strides, strides) &&
    sameNumbers(known.pad, pad) &&
    known.dataFormat === dataFormat &&
    sameNumbers(known.dilations, dilations) &&
    known.dimRoundingMode === dimRoundingMode
  );
}

/** Copies arrays, and arrays in them. */
function copyOf<T>(value: T): T {
  return Array.isArray(value) ? (value.map(copyOf) as T) : value;
}

/** Compares numbers, and arrays of them. */
function sameNumbers(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameNumbers(a[i], b[i])) return false;
  return true;
}

function computeShape(
  kernel: ForwardKernel,
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttrs,
): ConvShape {
  const x = shape4(kernel, 'input', xShape);
  const filter = shape4(kernel, 'filter', filterShape);
  const depthwise = kernel === 'depthwiseConv2d';
  const { dataFormat: given = 'NHWC' } = attrs;
  const dataFormat = depthwise ? 'NHWC' : given;
  const strides = pair(kernel, 'strides', attrs.strides);
  const dilations = pair(kernel, 'dilations', attrs.dilations ?? 1);
  if (!backend_util.eitherStridesOrDilationsAreOne(strides, dilations)) {
    throw new Error(
      `Error in ${kernel}: Either strides or dilations must be 1. ` +
        `Got strides ${strides} and dilations '${dilations}'`,
    );
  }
  const info = backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations,
    padOf(kernel, attrs.pad),
    attrs.dimRoundingMode ?? undefined,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { top, left, bottom, right } = info.padInfo;
  assertPads(kernel, info.padInfo);
  if (info.inChannels !== filter[2]) {
    const hint =
      depthwise && attrs.dataFormat === 'NCHW' ? '; dataFormat NCHW is read as NHWC here' : '';
    throw new Error(
      `${kernel}: the input [${x}] has ${info.inChannels} channels, but the filter [${filter}] ` +
        `is for ${filter[2]}${hint}.`,
    );
  }
  if (info.outHeight < 0 || info.outWidth < 0) {
    throw new Error(tooLarge(kernel, 'filter', windowOf(info), attrs.pad));
  }
  const { batchSize: batch, outHeight, outWidth, outChannels } = info;
  return {
    kernel,
    batch,
    inHeight: info.inHeight,
    inWidth: info.inWidth,
    inChannels: info.inChannels,
    outHeight,
    outWidth,
    outChannels,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    dilationHeight: info.dilationHeight,
    dilationWidth: info.dilationWidth,
    padTop: top,
    padLeft: left,
    padBottom: bottom,
    padRight: right,
    channelMultiplier: depthwise ? filter[3] : 1,
    dataFormat,
    inShape: x,
    outShape:
      dataFormat === 'NHWC'
        ? [batch, outHeight, outWidth, outChannels]
        : [batch, outChannels, outHeight, outWidth],
  };
}

function shape4(
  kernel: ConvKernel,
  name: string,
  shape: readonly number[],
): [number, number, number, number] {
  if (shape.length !== 4) {
    throw new Error(`${kernel}: ${name} must be rank 4, but got rank ${shape.length}.`);
  }
  return [shape[0], shape[1], shape[2], shape[3]];
}

function pair(
  kernel: ConvKernel,
  name: 'strides' | 'dilations',
  value: number | readonly number[],
): [number, number] {
  const [height, width] = stepsOf(kernel, name, value, 2);
  return [height, width];
}

function padOf(kernel: ConvKernel, pad: Pad): Pad {
  const sides = Array.isArray(pad) ? pad : null;
  if (sides && !(sides.length === 4 && sides.every((side) => side?.length === 2))) {
    throw new Error(
      `${kernel}: an explicit pad has two numbers for each of the four axes. ` +
        `Got ${JSON.stringify(pad)}`,
    );
  }
  return pad;
}
