/**
 * Gradients of dilated convolutions, which tfjs-core refuses. They are made of tfjs's ops, so they run on
 * any backend, in its own kernels.
 *
 * A dilated convolution has strides of 1, so that, along each axis, with out for the size of dy,
 *
 *     y(p) = sum over u of x(p - padBegin + u*dilation) * w(u),  0 <= p < out
 */
import {
  Conv2DBackpropFilter,
  conv2d,
  DepthwiseConv2dNativeBackpropFilter,
  depthwiseConv2d,
  engine,
  type NamedAttrMap,
  reshape,
  reverse,
  slice,
  spaceToBatchND,
  sum,
  type Tensor,
  type Tensor4D,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  type ConvAttrs,
  type ConvShape,
  convShape,
  type ForwardKernel,
} from '../../kernels/shape/convShape.js';

/** Gradients of a convolution, each computed when it is called. */
export interface ConvGradients {
  /** Returns dx, of the shape of x. */
  x(): Tensor;
  /** Returns the gradient of the filter, of the filter's shape. */
  filter(): Tensor;
}

/** True if tfjs-core's gradient refuses a convolution with these attributes, and dilatedGradients() does not. */
export function needsDilatedGradients({
  strides,
  dilations,
}: Pick<ConvAttrs, 'strides' | 'dilations'>): boolean {
  const isAbove1 = (value: ConvAttrs['dilations']) =>
    [value ?? 1].flat().some((v) => Number(v) > 1);
  return isAbove1(dilations) && !isAbove1(strides);
}

/**
 * Returns the gradients of a dilated convolution.
 * @param x [batch, height, width, inChannels], or [batch, inChannels, height, width] if `attrs` says NCHW
 * @param filter [height, width, inChannels, outChannels or multiplier]
 * @param dy of the shape of the convolution's result
 * @throws Error of convShape(), if shapes and attributes are not those of a convolution
 */
export function dilatedGradients(
  kernel: ForwardKernel,
  x: Tensor4D,
  filter: Tensor4D,
  dy: Tensor4D,
  attrs: ConvAttrs,
): ConvGradients {
  const s = convShape(kernel, x.shape, filter.shape, attrs);
  const isEmpty = [x, filter, dy].some(({ shape }) => shape.includes(0));
  const [toNHWC, toNCHW] = [
    [0, 2, 3, 1],
    [0, 3, 1, 2],
  ];
  const isNCHW = s.dataFormat === 'NCHW';
  const inNHWC = (t: Tensor4D) => (isNCHW ? transpose(t, toNHWC) : t);
  const axes = axesOf(s);
  return {
    x: () => {
      if (isEmpty) return zeros(x.shape);
      const dx = inputGradient(s, axes, inNHWC(dy), filter);
      return isNCHW ? transpose(dx, toNCHW) : dx;
    },
    filter: () => {
      if (isEmpty) return zeros(filter.shape);
      return filterGradient(s, axes, inNHWC(x), inNHWC(dy), filter.shape);
    },
  };
}

/** Sizes along the height or the width. */
interface Axis {
  readonly size: number;
  readonly out: number;
  readonly taps: number;
  readonly dilation: number;
  readonly padBegin: number;
}

function axesOf(s: ConvShape): readonly [Axis, Axis] {
  const { inHeight, outHeight, filterHeight, dilationHeight, padTop } = s;
  const { inWidth, outWidth, filterWidth, dilationWidth, padLeft } = s;
  return [
    {
      ...{ size: inHeight, out: outHeight, taps: filterHeight },
      dilation: dilationHeight,
      padBegin: padTop,
    },
    {
      ...{ size: inWidth, out: outWidth, taps: filterWidth },
      dilation: dilationWidth,
      padBegin: padLeft,
    },
  ];
}

/**
 * Computes dx, the convolution of dy by the rotated filter with the same dilation:
 * dx(q) = sum over u of dy(q + padBegin - u*dilation) * w(u).
 */
function inputGradient(
  { channelMultiplier, outChannels, kernel }: ConvShape,
  axes: readonly [Axis, Axis],
  dy: Tensor4D,
  filter: Tensor4D,
): Tensor4D {
  const rotated = reverse(filter, [0, 1]);
  const dilations = axes.map(({ dilation }) => dilation) as [number, number];
  const { cropped, pads } = fitted(
    dy,
    axes.map(({ size, out, taps, dilation, padBegin }) => {
      const before = (taps - 1) * dilation - padBegin;
      return { before, after: size - out + padBegin };
    }),
  );
  const pad: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    ...pads,
    [0, 0],
  ];
  if (kernel === 'conv2d') {
    const swapped = transpose(rotated, [0, 1, 3, 2]);
    return conv2d(cropped, swapped, 1, pad, 'NHWC', dilations);
  }
  // Channel c*multiplier + q of dy comes from channel c of x and weight q of it.
  const [{ taps: rows }, { taps: columns }] = axes;
  const each = reshape(rotated, [rows, columns, outChannels, 1]) as Tensor4D;
  const parts = depthwiseConv2d(cropped, each, 1, pad, 'NHWC', dilations);
  if (channelMultiplier === 1) return parts;
  const inChannels = outChannels / channelMultiplier;
  const [batch, height, width] = parts.shape;
  const apart = reshape(parts, [batch * height * width, inChannels, channelMultiplier]);
  return reshape(sum(apart, 2), [batch, height, width, inChannels]);
}

/**
 * Computes the gradient of the filter, dw(u) = sum over p of x(p - padBegin + u*dilation) * dy(p). Positions
 * that are a multiple of the dilation apart see each other only, so they are images of a batch, in which
 * the convolution has no dilation.
 */
function filterGradient(
  { kernel }: ConvShape,
  axes: readonly [Axis, Axis],
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: number[],
): Tensor {
  const block = axes.map(({ dilation }) => dilation);
  const whole = ({ out, dilation }: Axis) => Math.ceil(out / dilation) * dilation;
  const apart = (t: Tensor4D, borders: readonly Border[]) => {
    const { cropped, pads } = fitted(t, borders);
    return spaceToBatchND(cropped, block, pads);
  };
  const inputs = {
    x: apart(
      x,
      axes.map((axis) => {
        const size = whole(axis) + (axis.taps - 1) * axis.dilation;
        return { before: axis.padBegin, after: size - axis.size - axis.padBegin };
      }),
    ),
    dy: apart(
      dy,
      axes.map((axis) => ({ before: 0, after: whole(axis) - axis.out })),
    ),
  };
  const attrs: NamedAttrMap = { strides: [1, 1], pad: 'valid', filterShape };
  return kernel === 'conv2d'
    ? engine().runKernel(Conv2DBackpropFilter, inputs, { ...attrs, dataFormat: 'NHWC' })
    : engine().runKernel(DepthwiseConv2dNativeBackpropFilter, inputs, {
        ...attrs,
        dilations: [1, 1],
      });
}

/** Number of zeros to add before and after an axis; a negative number of values to leave out. */
interface Border {
  readonly before: number;
  readonly after: number;
}

/** Returns t without what its height and width leave out, and the pads that remain to be added. */
function fitted(t: Tensor4D, [rows, columns]: readonly Border[]) {
  const [batch, height, width, channels] = t.shape;
  const left = ({ before, after }: Border) => Math.min(0, before) + Math.min(0, after);
  const size = [batch, height + left(rows), width + left(columns), channels];
  const begin = [0, Math.max(0, -rows.before), Math.max(0, -columns.before), 0];
  const pads = [rows, columns].map(({ before, after }) => [
    Math.max(0, before),
    Math.max(0, after),
  ]);
  const isWhole = left(rows) + left(columns) === 0;
  return {
    cropped: isWhole
      ? t
      : slice(t, begin as [number, number, number, number], size as typeof t.shape),
    pads: pads as [[number, number], [number, number]],
  };
}
