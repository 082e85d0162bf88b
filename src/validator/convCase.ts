import type { Padding } from './codecs.js';

/** A convolution case: plain data, which caseId.ts writes as a text. */
export interface ConvCase {
  /**
   * Kernel under test. conv2dTranspose and the gradients are described by the forward convolution
   * that they reverse: `in` is the shape of that convolution's input, which is the output of
   * conv2dTranspose and of the gradients of inputs.
   */
  readonly kernel: (typeof kernelNames)[number];
  /** Batch, height, width and channels, in this order for every format. */
  readonly in: readonly [number, number, number, number];
  /** Height, width, input channels, and output channels or depthwise multiplier. */
  readonly filter: readonly [number, number, number, number];
  /** Stride down and across. */
  readonly stride: readonly [number, number];
  readonly pad: Padding;
  /** Dilation down and across. */
  readonly dilation: readonly [number, number];
  readonly format: 'NHWC' | 'NCHW';
  /** Rounding mode of the output size; without it, tfjs truncates. */
  readonly rounding?: 'floor' | 'round' | 'ceil';
  /** Shape of the bias, in the order of the format; only a fused case has a bias. */
  readonly bias?: readonly number[];
  /** Activation of the fused op; a case with an activation, even 'linear', runs as the fused op. */
  readonly activation?: (typeof activationNames)[number];
  /** Shape of the prelu weights, for the activation 'prelu'. */
  readonly prelu?: readonly number[];
  /** Slope of 'leakyrelu'. */
  readonly alpha?: number;
  /** Kind of values in the inputs; without it, fractions in [-1, 1). */
  readonly data?: (typeof dataNames)[number];
  /** Source of the input tensors; without it, they come from values on the CPU. */
  readonly from?: (typeof sourceNames)[number];
  readonly seed: number;
}

export const kernelNames = [
  'conv2d',
  'depthwiseConv2d',
  'conv2dTranspose',
  'conv2dGradInput',
  'conv2dGradFilter',
  'depthwiseConv2dGradInput',
  'depthwiseConv2dGradFilter',
] as const;

export type ConvKernelName = ConvCase['kernel'];

/** True of a convolution; false of one that is reversed: transposed, or a gradient. */
export function isForward(kernel: ConvKernelName): boolean {
  return kernel === 'conv2d' || kernel === 'depthwiseConv2d';
}

/** True of a depthwise convolution and its gradients. */
export function isDepthwise(kernel: ConvKernelName): boolean {
  return kernel.startsWith('depthwise');
}

/** True of the gradients of filters. */
export function isOfFilter(kernel: ConvKernelName): boolean {
  return kernel.endsWith('GradFilter');
}

/** Number of channels of the convolution's output. */
export function outChannelsOf({ kernel, filter }: Pick<ConvCase, 'kernel' | 'filter'>): number {
  const [, , inChannels, last] = filter;
  return isDepthwise(kernel) ? inChannels * last : last;
}

/**
 * Kinds of values in the inputs. `int` are small whole numbers, whose sums are all exact in
 * float32. The others are fractions with special values among them: `inf`, `nan` and `zero` (-0) in
 * the input, `weightInf` and `weightNaN` in the filter. `denormal` and `huge` (up to 1e30) scale
 * the whole input.
 */
export const dataNames = [
  'int',
  'inf',
  'nan',
  'zero',
  'weightInf',
  'weightNaN',
  'denormal',
  'huge',
] as const;

/** Sources of an input tensor: the result of a kernel, or a slice or a reshape of such a result. */
export const sourceNames = ['gpu', 'slice', 'reshape'] as const;

export const activationNames = [
  'linear',
  'relu',
  'relu6',
  'elu',
  'prelu',
  'leakyrelu',
  'sigmoid',
] as const;
