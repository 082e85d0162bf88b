import type { ConvCase } from './convCase.js';
import { type Grid, grid } from './grid.js';
import type { Varied } from './rows.js';

interface Ranges {
  readonly windows: readonly (readonly [number, number])[];
  readonly strides: readonly ConvCase['stride'][];
  readonly pads: readonly ConvCase['pad'][];
}

/** Kernels that map an output back to an input or a filter. */
const backwardKernels = ['conv2dTranspose', 'conv2dGradInput', 'conv2dGradFilter'] as const;

/** The transposed convolution and both gradients, for every window, stride and padding. */
export function gradients({ windows, strides, pads }: Ranges): Grid<Partial<ConvCase>> {
  return grid([{ in: [2, 7, 8, 3] as const }])
    .combine('kernel', backwardKernels)
    .combine('window', windows)
    .combine('stride', strides)
    .combine('pad', pads)
    .expand(({ window, ...row }) => [{ ...row, filter: [...window, 3, 5] as const }]);
}

/** Both gradients with the channels first. */
export function gradientsFirst(ranges: Ranges): Grid<Partial<ConvCase>> {
  return gradients(ranges)
    .filter(({ kernel }) => kernel !== 'conv2dTranspose')
    .combine('format', ['NCHW'] as const);
}

/**
 * The transposed convolution and both gradients for pairs of input and output channel counts, with
 * fractions and with whole numbers.
 */
export function gradientsOfChannels(
  pairs: readonly (readonly [number, number])[],
): Grid<Partial<ConvCase>> {
  const data: readonly Varied[] = [{}, { data: 'int' }];
  return grid(data)
    .combine('kernel', backwardKernels)
    .combine('pair', pairs)
    .expand(({ pair: [depth, last], ...row }) => [
      { ...row, in: [1, 5, 6, depth] as const, filter: [3, 2, depth, last] as const },
    ]);
}

/** Gradients of depthwise convolutions, and of some with several output channels for each of the input. */
export function gradientsOfDepthwise({ windows, strides, pads }: Ranges): Grid<Partial<ConvCase>> {
  return grid([
    { channels: 3, multiplier: 1 },
    { channels: 5, multiplier: 2 },
    { channels: 8, multiplier: 1 },
  ])
    .combine('kernel', ['depthwiseConv2dGradInput', 'depthwiseConv2dGradFilter'] as const)
    .combine('window', windows)
    .combine('stride', strides)
    .combine('pad', pads)
    .expand(({ window, channels, multiplier, ...row }) => [
      {
        ...row,
        in: [2, 7, 8, channels] as const,
        filter: [...window, channels, multiplier] as const,
        ...(channels === 8 ? { data: 'int' as const } : {}),
      },
    ]);
}
