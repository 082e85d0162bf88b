import type { ConvCase } from './convCase.js';
import { grid } from './grid.js';

const wide = grid([{}])
  .combine('width', [200, 223, 224, 225, 256, 257, 299, 300])
  .combine('window', [
    [1, 1],
    [3, 3],
  ] as const)
  .expand(function* ({ width, window }) {
    yield { in: [1, width, 5, 3] as const, filter: [...window, 3, 4] as const };
    yield { in: [1, 5, width, 3] as const, filter: [...window, 3, 4] as const };
  });

const deep: Partial<ConvCase>[] = [
  { in: [1, 5, 6, 300], filter: [3, 3, 300, 8] },
  { in: [1, 5, 6, 512], filter: [1, 1, 512, 33] },
  { in: [1, 4, 5, 8], filter: [3, 3, 8, 512] },
  { in: [1, 2, 2, 1280], filter: [1, 1, 1280, 16] },
  { in: [1, 224, 224, 3], filter: [3, 3, 3, 8], stride: [2, 2] },
  { in: [1, 131, 257, 4], filter: [3, 3, 4, 5] },
];

const depthwise: Partial<ConvCase>[] = [
  { in: [1, 65, 65, 960], filter: [3, 3, 960, 1], dilation: [4, 4] },
  { in: [1, 65, 65, 960], filter: [3, 3, 960, 1] },
  { in: [1, 131, 257, 8], filter: [3, 3, 8, 1], stride: [2, 2] },
  { in: [1, 5, 6, 512], filter: [3, 3, 512, 2] },
];

/** Sizes at which tfjs itself had bugs, and sizes at which textures grow or fold. */
export const large: readonly Partial<ConvCase>[] = [
  ...wide,
  ...deep,
  ...depthwise.map((row) => ({ ...row, kernel: 'depthwiseConv2d' as const })),
];
