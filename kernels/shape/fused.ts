import type { DataFormat } from './convShape.js';

/** The activations that tf.fused.conv2d and tf.fused.depthwiseConv2d take. */
export const fusedActivations = [
  'linear',
  'relu',
  'relu6',
  'elu',
  'prelu',
  'leakyrelu',
  'sigmoid',
] as const;

export type FusedActivation = (typeof fusedActivations)[number];

/** What a convolution does to its sums. */
export interface Fusion {
  readonly activation: FusedActivation;
  /** Whether there is a bias per output channel. */
  readonly bias: boolean;
}

/** What tf.leakyRelu uses when no alpha is given, and so the unfused form of the same op. */
export const defaultLeakyreluAlpha = 0.2;

/**
 * The activation a fused kernel was asked for; none given means 'linear'.
 * @throws Error when tfjs has no such fused activation.
 */
export function fusedActivation(name: string | null | undefined): FusedActivation {
  const found = fusedActivations.find((known) => known === (name || 'linear'));
  if (found == null) {
    throw new Error(`Unknown fused activation ${name}; use one of ${fusedActivations.join(', ')}.`);
  }
  return found;
}

/**
 * How a bias or prelu tensor of `shape` spreads over a convolution's output:
 * 'scalar' for one value in all, 'channel' for one value per output channel, 'other' for anything
 * that still broadcasts. A rank 1 tensor belongs to the channels in both data formats; higher ranks
 * are aligned with the last axes of the output.
 */
export function perChannel(
  shape: readonly number[],
  outChannels: number,
  dataFormat: DataFormat,
): 'channel' | 'scalar' | 'other' {
  // A tensor of more axes than the output gives them to the result.
  if (shape.length > 4) return 'other';
  const size = shape.reduce((a, b) => a * b, 1);
  if (size === 1) return 'scalar';
  const channelAxis = dataFormat === 'NHWC' || shape.length === 1 ? -1 : -3;
  return size === outChannels && shape.at(channelAxis) === outChannels ? 'channel' : 'other';
}

/**
 * The four sizes of a bias or prelu tensor of `shape` as it lies over a convolution's output, in the
 * order of its axes: each that of the output, or 1.
 * @param name of the tensor, for the error
 * @throws Error where it does not broadcast to the output, or would enlarge it
 */
export function spreadOver(
  name: string,
  shape: readonly number[],
  outShape: readonly number[],
  dataFormat: DataFormat,
): number[] {
  const aligned = dataFormat === 'NCHW' && shape.length === 1 ? [shape[0], 1, 1] : shape;
  const sizes = [...Array(Math.max(0, 4 - aligned.length)).fill(1), ...aligned];
  if (sizes.length !== 4 || sizes.some((size, axis) => size !== 1 && size !== outShape[axis])) {
    throw new Error(`${name} of shape [${shape}] does not broadcast to the output [${outShape}].`);
  }
  return sizes;
}
