import { type ConvCase, dataNames, sourceNames } from './convCase.js';
import { type Grid, grid } from './grid.js';

/** Cases of every kernel, with `channels` input and output channels. */
function eachKernel(channels: number): Partial<ConvCase>[] {
  const dense = { in: [2, 5, 6, channels], filter: [3, 3, channels, channels] } as const;
  const depthwise = {
    kernel: 'depthwiseConv2d',
    in: [2, 5, 6, channels],
    filter: [3, 3, channels, 2],
  } as const;
  const prelu = (count: number) =>
    ({ activation: 'prelu', bias: [count], prelu: [count] }) as const;
  return [
    dense,
    { ...dense, filter: [1, 1, channels, channels] },
    { ...dense, ...prelu(channels) },
    { ...dense, format: 'NCHW', activation: 'relu', bias: [channels] },
    depthwise,
    { ...depthwise, ...prelu(2 * channels) },
    { ...dense, kernel: 'conv2dTranspose' },
    { ...dense, kernel: 'conv2dGradInput' },
    { ...dense, kernel: 'conv2dGradFilter' },
    { ...depthwise, kernel: 'depthwiseConv2dGradInput' },
    { ...depthwise, kernel: 'depthwiseConv2dGradFilter' },
  ];
}

/** Every kernel on inputs that are results of a kernel, slices and reshapes. */
export function sources(channels: readonly number[]): Grid<Partial<ConvCase>> {
  return grid(channels.flatMap(eachKernel)).combine('from', sourceNames);
}

/**
 * Cases with special values whose result is beyond dispute: they have no activation or one that has
 * a limit at Infinity, and a padding that a special weight may or may not meet.
 */
export function specials(channels: readonly number[]): Grid<Partial<ConvCase>> {
  return grid(channels.map((count) => ({ count })))
    .expand(({ count }): Partial<ConvCase>[] => {
      const sizes = { in: [1, 6, 7, count], filter: [3, 3, count, 4] } as const;
      const depthwise = { kernel: 'depthwiseConv2d', filter: [3, 3, count, 2] } as const;
      return [
        sizes,
        { ...sizes, pad: 'valid' },
        { ...sizes, filter: [1, 1, count, 4] },
        { ...sizes, activation: 'relu', bias: [4] },
        { ...sizes, ...depthwise },
        { ...sizes, ...depthwise, activation: 'relu' },
      ];
    })
    .combine(
      'data',
      dataNames.filter((name) => name !== 'int'),
    );
}
