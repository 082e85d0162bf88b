import type { ConvCase } from './convCase.js';
import {
  gradients,
  gradientsFirst,
  gradientsOfChannels,
  gradientsOfDepthwise,
} from './gradientRows.js';
import { grid } from './grid.js';
import { activated, distinctCases, sized } from './rows.js';
import { sources, specials } from './stateRows.js';

const FILTERS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 5],
  [7, 7],
  [1, 3],
  [3, 1],
  [1, 5],
  [4, 1],
] as const;
const PADS = ['same', 'valid', 1, [1, 2, 0, 3]] as const;
const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 16, 17, 33] as const;
/**
 * Image edges that equal tiles of 1, 2, 4 and 8 pixels, are a multiple of them, or differ by one.
 */
const EDGES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17] as const;

/** Every filter shape with every kind of padding and stride. */
const geometry = grid([{}])
  .combine('window', FILTERS)
  .combine('pad', PADS)
  .combine('stride', [
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 2],
  ] as const)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, 3, 4] as const }]);

const exact = grid([{ data: 'int' as const, activation: 'relu' as const, bias: [4] }])
  .combine('window', FILTERS)
  .combine('pad', ['same', 'valid'] as const)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, 3, 4] as const }]);

const dilation = grid([{ in: [1, 11, 13, 2] as const }])
  .combine('window', [
    [2, 2],
    [3, 3],
    [1, 3],
    [3, 1],
  ] as const)
  .combine('dilation', [
    [2, 2],
    [1, 3],
    [3, 2],
  ] as const)
  .combine('pad', PADS)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, 2, 5] as const }]);

/** Rows of sounds: filters that take turns, and rows that are wider than a texture of four pixels each. */
const longRows: Partial<ConvCase>[] = [
  { in: [1, 1, 4000, 1], filter: [1, 80, 1, 3], stride: [1, 4], pad: 'same' },
  { in: [1, 1, 33_001, 2], filter: [1, 3, 2, 2], dilation: [1, 200], pad: 'valid' },
  { in: [1, 1, 33_001, 2], filter: [1, 5, 2, 1], pad: 'same', kernel: 'depthwiseConv2d' },
];

const rounding = grid([{ in: [1, 8, 10, 2] as const, filter: [3, 3, 2, 4] as const }])
  .combine('rounding', [undefined, 'floor', 'round', 'ceil'] as const)
  .combine('stride', [
    [2, 2],
    [2, 3],
    [3, 3],
  ] as const)
  .combine('pad', [0, 1, [0, 1, 2, 1]] as const);

const channelsFirst = grid([{ format: 'NCHW' as const, in: [2, 6, 7, 3] as const }])
  .combine('window', [
    [1, 1],
    [3, 3],
    [2, 3],
  ] as const)
  .combine('stride', [
    [1, 1],
    [2, 2],
  ] as const)
  .combine('pad', PADS)
  .expand(({ window, ...row }) => [{ ...row, filter: [...window, 3, 5] as const }]);

/**
 * Every channel count as input and as output, each paired with a count of another remainder modulo
 * 4, except for the pair of 33 and 17.
 */
const channels = grid([{}])
  .combine('side', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const)
  .combine('window', [
    [1, 1],
    [3, 3],
  ] as const)
  .expand(function* ({ side, window }) {
    const depth = CHANNELS[side];
    const partner = CHANNELS[(side * 3 + 1) % CHANNELS.length];
    const batch = 1 + (side % 3);
    yield { in: [batch, 4, 5, depth] as const, filter: [...window, depth, partner] as const };
    yield { in: [batch, 4, 5, partner] as const, filter: [...window, partner, depth] as const };
  });

/** Enough input channels (32 or more) for Winograd variants to apply. */
const manyChannels = grid([
  {},
  { data: 'int' as const },
  { format: 'NCHW' as const, activation: 'relu6' as const, bias: [9] },
  { data: 'int' as const, activation: 'prelu' as const, prelu: [9], bias: [9] },
])
  .combine('depth', [33, 64])
  .combine('pad', PADS)
  .expand(({ depth, ...row }) => [
    { ...row, in: [2, 7, 9, depth] as const, filter: [3, 3, depth, 9] as const },
  ]);

/**
 * Enough channels for Winograd variants to apply to the transposed convolution and the input
 * gradient, which read the filter rotated by 180 degrees.
 */
const manyChannelsBack = grid([{}, { data: 'int' as const }])
  .combine('kernel', ['conv2dTranspose', 'conv2dGradInput'] as const)
  .combine('pad', ['same', 'valid'] as const)
  .expand((row) => [{ ...row, in: [1, 5, 6, 33] as const, filter: [3, 3, 33, 40] as const }]);

const edges = grid([{}])
  .combine('edge', EDGES)
  .combine('window', [
    [1, 1],
    [3, 3],
  ] as const)
  .expand(function* ({ edge, window }) {
    yield { in: [1, 3, edge, 4] as const, filter: [...window, 4, 8] as const };
    yield { in: [1, edge, 3, 4] as const, filter: [...window, 4, 8] as const };
  });

const fusedSizes = { in: [2, 5, 6, 3], filter: [3, 3, 3, 5] } as const;

const fused = sized(
  activated([5]).combine('bias', [undefined, [], [1], [5], [1, 1, 5], [1, 1, 1, 5], [2, 5, 6, 5]]),
  () => fusedSizes,
);

/** Fused cases with whole numbers, whose sums exceed 6, where relu6 clamps. */
const fusedExact = sized(
  activated([5])
    .combine('bias', [[5]])
    .combine('data', ['int'] as const),
  () => fusedSizes,
);

const preluShapes = sized(
  grid([{ activation: 'prelu' as const, bias: [5] }]).combine('prelu', [
    [],
    [1],
    [1, 1, 5],
    [5, 6, 1],
    [5, 6, 5],
  ]),
  () => fusedSizes,
);

const fusedChannelsFirst = sized(
  activated([5])
    .combine('bias', [[], [5]])
    .combine('format', ['NCHW'] as const),
  () => fusedSizes,
);

const fusedPointwise = sized(activated([5]).combine('bias', [[5]]), () => ({
  in: [1, 3, 5, 7] as const,
  filter: [1, 1, 7, 5] as const,
}));

const depthwise = grid([{ kernel: 'depthwiseConv2d' as const }])
  .combine('multiplier', [1, 2, 3])
  .combine('stride', [
    [1, 1],
    [2, 2],
    [2, 1],
  ] as const)
  .combine('pad', PADS)
  .expand(({ multiplier, ...row }) => [
    { ...row, in: [2, 7, 8, 5] as const, filter: [3, 3, 5, multiplier] as const },
  ]);

const depthwiseSizes = grid([{ kernel: 'depthwiseConv2d' as const }])
  .combine('depth', CHANNELS)
  .combine('multiplier', [1, 2])
  .expand(({ depth, multiplier, ...row }) => [
    { ...row, in: [1, 4, 5, depth] as const, filter: [2, 3, depth, multiplier] as const },
  ]);

const depthwiseDilated = grid([{ kernel: 'depthwiseConv2d' as const, in: [1, 9, 10, 3] as const }])
  .combine('dilation', [
    [2, 2],
    [1, 3],
  ] as const)
  .combine('pad', PADS)
  .expand((row) => [{ ...row, filter: [3, 3, 3, 2] as const }]);

const depthwiseFused = activated([10])
  .combine('bias', [undefined, [10], [1, 1, 10]])
  .expand((row) => [
    {
      ...row,
      kernel: 'depthwiseConv2d' as const,
      in: [1, 5, 6, 5] as const,
      filter: [3, 3, 5, 2] as const,
    },
  ]);

/** Families of the core grid, by name. */
export const coreFamilies: Readonly<Record<string, Iterable<Partial<ConvCase>>>> = {
  geometry,
  exact,
  dilation,
  rounding,
  channelsFirst,
  channels,
  manyChannels,
  manyChannelsBack,
  edges,
  fused,
  fusedExact,
  preluShapes,
  fusedChannelsFirst,
  fusedPointwise,
  depthwise,
  depthwiseSizes,
  depthwiseDilated,
  depthwiseFused,
  gradients: gradients({
    windows: [
      [1, 1],
      [3, 3],
      [2, 3],
      [5, 1],
    ],
    strides: [
      [1, 1],
      [2, 2],
      [3, 1],
    ],
    pads: ['same', 'valid', [1, 2, 0, 3]],
  }),
  gradientsFirst: gradientsFirst({
    windows: [[3, 3]],
    strides: [
      [1, 1],
      [2, 2],
    ],
    pads: ['same', 'valid', 1],
  }),
  gradientsOfChannels: gradientsOfChannels([
    [1, 5],
    [4, 8],
    [7, 2],
    [17, 3],
  ]),
  gradientsOfDepthwise: gradientsOfDepthwise({
    windows: [
      [3, 3],
      [2, 5],
    ],
    strides: [
      [1, 1],
      [2, 2],
    ],
    pads: ['same', 'valid', [1, 2, 0, 3]],
  }),
  sources: sources([5]),
  specials: specials([5, 40]),
  longRows,
};

/**
 * Returns the core grid: every feature of the kernels, at sizes that compute quickly, without
 * duplicate cases.
 */
export function coreGrid(): ConvCase[] {
  return [...distinctCases(Object.values(coreFamilies))];
}
