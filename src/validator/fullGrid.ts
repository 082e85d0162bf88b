import type { ConvCase } from './convCase.js';
import { coreFamilies } from './coreGrid.js';
import {
  gradients,
  gradientsFirst,
  gradientsOfChannels,
  gradientsOfDepthwise,
} from './gradientRows.js';
import { grid } from './grid.js';
import { large } from './largeRows.js';
import { activated, distinctCases } from './rows.js';
import { sources, specials } from './stateRows.js';

const WINDOWS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 5],
  [7, 7],
  [1, 3],
  [3, 1],
  [1, 7],
  [5, 2],
  [2, 3],
] as const;
const STRIDES = [
  [1, 1],
  [2, 2],
  [3, 3],
  [1, 2],
  [3, 1],
] as const;
const PADS = ['same', 'valid', 0, 2, [1, 2, 0, 3], [0, 3, 2, 1]] as const;
const DILATIONS = [
  [2, 2],
  [3, 3],
  [1, 2],
  [2, 1],
  [3, 2],
] as const;
const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33] as const;
/**
 * Image edges that equal tiles of 1, 2, 4, 8 and 16 pixels, are a multiple of them, or differ by
 * one.
 */
const EDGES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33] as const;

const geometry = grid([
  { in: [1, 13, 10, 5] as const },
  { in: [2, 10, 11, 4] as const, format: 'NCHW' as const },
])
  .combine('window', WINDOWS)
  .combine('pad', PADS)
  .combine('stride', STRIDES)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, row.in[3], 7] as const }]);

const channels = grid([{}])
  .combine('depth', CHANNELS)
  .combine('last', CHANNELS)
  .combine('window', [
    [1, 1],
    [3, 3],
  ] as const)
  .expand(({ depth, last, window }) => [
    { in: [1, 4, 5, depth] as const, filter: [...window, depth, last] as const },
  ]);

const edges = grid([{}])
  .combine('height', EDGES)
  .combine('width', EDGES)
  .combine('window', [
    { filter: [1, 1, 4, 8], stride: [1, 1] },
    { filter: [3, 3, 4, 8], stride: [1, 1] },
    { filter: [3, 3, 4, 8], stride: [2, 2] },
  ] as const)
  .expand(({ height, width, window }) => [{ ...window, in: [1, height, width, 4] as const }]);

const dilation = grid([{}])
  .combine('depth', [3, 8])
  .combine('window', [
    [2, 2],
    [3, 3],
    [5, 5],
    [1, 3],
    [3, 1],
  ] as const)
  .combine('dilation', DILATIONS)
  .combine('pad', PADS)
  .expand(({ depth, window, ...row }) => [
    { ...row, in: [1, 14, 15, depth] as const, filter: [...window, depth, 6] as const },
  ]);

const rounding = grid([{}])
  .combine('in', [
    [1, 8, 10, 3],
    [2, 11, 9, 3],
  ] as const)
  .combine('window', [
    [1, 1],
    [3, 3],
    [2, 4],
  ] as const)
  .combine('rounding', [undefined, 'floor', 'round', 'ceil'] as const)
  .combine('stride', [
    [2, 2],
    [3, 3],
    [4, 3],
  ] as const)
  .combine('pad', [0, 1, [0, 1, 2, 1]] as const)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, 3, 5] as const }]);

/**
 * Fused cases of one size with `count` output channels: every activation with several bias shapes
 * and strides.
 */
function fusedOn(size: { in: ConvCase['in']; filter: ConvCase['filter'] }, count: number) {
  return activated([count])
    .combine('bias', [undefined, [], [count], [1, 1, 1, count]])
    .combine('stride', [
      [1, 1],
      [2, 2],
    ] as const)
    .expand((row) => [{ ...row, ...size }]);
}

function* fused() {
  for (const window of [[1, 1] as const, [3, 3] as const, [2, 5] as const]) {
    for (const last of [4, 9]) {
      yield* fusedOn({ in: [1, 7, 9, 6], filter: [...window, 6, last] }, last);
    }
  }
}

function* fusedDepthwise() {
  const kernel = 'depthwiseConv2d';
  for (const depth of [4, 7]) {
    for (const multiplier of [1, 3]) {
      const size = { in: [1, 7, 9, depth], filter: [3, 3, depth, multiplier] } as const;
      for (const row of fusedOn(size, depth * multiplier)) yield { ...row, kernel } as const;
    }
  }
}

const depthwise = grid([{ kernel: 'depthwiseConv2d' as const }])
  .combine('depth', [4, 7])
  .combine('multiplier', [1, 2, 3])
  .combine('window', [
    [3, 3],
    [5, 5],
    [2, 3],
  ] as const)
  .combine('stride', STRIDES)
  .combine('pad', PADS)
  .expand(({ depth, multiplier, window, ...row }) => [
    { ...row, in: [1, 9, 10, depth] as const, filter: [...window, depth, multiplier] as const },
  ]);

const depthwiseDilated = grid([{ kernel: 'depthwiseConv2d' as const }])
  .combine('multiplier', [1, 2])
  .combine('dilation', DILATIONS)
  .combine('pad', PADS)
  .expand(({ multiplier, ...row }) => [
    { ...row, in: [1, 11, 12, 5] as const, filter: [3, 3, 5, multiplier] as const },
  ]);

const depthwiseChannels = grid([{ kernel: 'depthwiseConv2d' as const }])
  .combine('depth', CHANNELS)
  .combine('multiplier', [1, 2, 3, 4])
  .expand(({ depth, multiplier, ...row }) => [
    { ...row, in: [1, 4, 5, depth] as const, filter: [3, 3, depth, multiplier] as const },
  ]);

const gradientRanges = {
  windows: [
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 5],
    [1, 3],
    [3, 2],
  ],
  strides: STRIDES,
  pads: PADS,
} as const;

const pairs = grid([{}])
  .combine('depth', [1, 3, 4, 8, 17] as const)
  .combine('last', [1, 4, 5, 16] as const);

const families: Iterable<Partial<ConvCase>>[] = [
  ...Object.values(coreFamilies),
  geometry,
  channels,
  edges,
  dilation,
  rounding,
  { [Symbol.iterator]: fused },
  { [Symbol.iterator]: fusedDepthwise },
  depthwise,
  depthwiseDilated,
  depthwiseChannels,
  gradients(gradientRanges),
  gradientsFirst({
    ...gradientRanges,
    strides: [
      [1, 1],
      [2, 2],
    ],
  }),
  gradientsOfChannels([...pairs].map(({ depth, last }) => [depth, last] as const)),
  gradientsOfDepthwise(gradientRanges),
  sources([1, 4, 8, 17]),
  specials([3, 4, 16]),
  large,
];

/**
 * Returns the full grid: the core grid first, then more of everything, and the large cases last.
 */
export function fullGrid(): Iterable<ConvCase> {
  return distinctCases(families);
}
