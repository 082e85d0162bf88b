import type { Padding } from './codecs.js';

/** A convolution case: plain data, which caseId.ts writes as a text. */
export interface ConvCase {
  /**
   * conv2dTranspose and the gradients are written as the convolution that they turn round: `in`
   * is the shape of its input, which is the output of conv2dTranspose and of conv2dGradInput.
   */
  readonly kernel: (typeof kernelNames)[number];
  /** Batch, height, width, channels, whatever the format. */
  readonly in: readonly [number, number, number, number];
  /** Height, width, input channels, and output channels or depthwise multiplier. */
  readonly filter: readonly [number, number, number, number];
  /** Down, across. */
  readonly stride: readonly [number, number];
  readonly pad: Padding;
  /** Down, across. */
  readonly dilation: readonly [number, number];
  readonly format: 'NHWC' | 'NCHW';
  /** tfjs truncates when no mode is given. */
  readonly rounding?: 'floor' | 'round' | 'ceil';
  /** The shape of the bias, in the order of the format; a fused case alone has one. */
  readonly bias?: readonly number[];
  /** A case with an activation, be it 'linear', is run as the fused op. */
  readonly activation?: (typeof activationNames)[number];
  /** The shape of the prelu weights, with 'prelu'. */
  readonly prelu?: readonly number[];
  /** The slope of 'leakyrelu'. */
  readonly alpha?: number;
  /** What the inputs are made of; without it fractions in [-1, 1). */
  readonly data?: (typeof dataNames)[number];
  /** How the inputs reach the backend; without it from the CPU. */
  readonly from?: (typeof sourceNames)[number];
  readonly seed: number;
}

export const kernelNames = [
  'conv2d',
  'depthwiseConv2d',
  'conv2dTranspose',
  'conv2dGradInput',
  'conv2dGradFilter',
] as const;

/**
 * `int` are small whole numbers, all sums of which are exact in float32. The others are fractions
 * with something special among them: `inf`, `nan` and `zero` (-0) in the input, `weightInf` and
 * `weightNaN` in the filter; `denormal` and `huge` (up to 1e30) scale the whole input.
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

/** A tensor is the answer of a kernel, or a slice or a reshape of one. */
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
