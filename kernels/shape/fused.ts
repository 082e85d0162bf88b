import type { DataFormat } from './convShape.js';

/** The activations that tf.fused.conv2d and tf.fused.depthwiseConv2d accept. */
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

/** The epilogue fused into a convolution. */
export interface Fusion {
  readonly activation: FusedActivation;
  /** True if there is a bias per output channel. */
  readonly bias: boolean;
}

/** Alpha that tf.leakyRelu, the unfused form of this activation, uses if none is given. */
export const defaultLeakyreluAlpha = 0.2;

/**
 * Returns the activation requested of a fused kernel; none given means 'linear'.
 * @throws Error if tfjs has no such fused activation.
 */
export function fusedActivation(name: string | null | undefined): FusedActivation {
  const found = fusedActivations.find((known) => known === (name || 'linear'));
  if (found == null) {
    throw new Error(`Unknown fused activation ${name}; use one of ${fusedActivations.join(', ')}.`);
  }
  return found;
}

/**
 * Returns the way in which a bias or prelu tensor of `shape` broadcasts to a convolution's output:
 * 'scalar' for one value in all, 'channel' for one value per output channel, 'other' for any other
 * shape. A tensor of rank 1 applies to the channels in both data formats; tensors of higher rank
 * are aligned with the last axes of the output.
 */
export function perChannel(
  shape: readonly number[],
  outChannels: number,
  dataFormat: DataFormat,
): 'channel' | 'scalar' | 'other' {
  // If a tensor has more axes than the output, the result of the broadcast has them too.
  if (shape.length > 4) return 'other';
  const size = shape.reduce((a, b) => a * b, 1);
  if (size === 1) return 'scalar';
  const channelAxis = dataFormat === 'NHWC' || shape.length === 1 ? -1 : -3;
  return size === outChannels && shape.at(channelAxis) === outChannels ? 'channel' : 'other';
}

/**
 * Returns the four sizes of a bias or prelu tensor of `shape`, aligned with the axes of a
 * convolution's output. Each size equals the output's size or 1.
 * @param name name of the tensor, for the error
 * @throws Error if the tensor does not broadcast to the output, or would enlarge it
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
