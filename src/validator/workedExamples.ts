import type { ConvCase } from './convCase.js';
import type { CaseInputs } from './convInputs.js';

/** A convolution worked out by hand, in the order of a textbook: channel by channel, row by row. */
interface Example {
  readonly name: string;
  /** Input, by [in channel][row][column]. */
  readonly x: readonly (readonly number[][])[];
  /** Filter, by [out channel][in channel][row][column]. */
  readonly filter: readonly (readonly (readonly number[][])[])[];
  readonly stride?: ConvCase['stride'];
  readonly pad?: ConvCase['pad'];
  readonly rounding?: ConvCase['rounding'];
  /** Output, by [out channel][row][column]. */
  readonly y: readonly (readonly number[][])[];
}

const X = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
];
const SECOND_X = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];
const K = [
  [0, 1],
  [2, 3],
];
const SECOND_K = [
  [1, 2],
  [3, 4],
];
const THIRD_K = [
  [2, 3],
  [4, 5],
];

/**
 * Examples from the chapter "Convolutions for Images" and its neighbours in "Dive into Deep
 * Learning".
 */
const examples: readonly Example[] = [
  {
    name: '3x3 * 2x2 = [[19, 25], [37, 43]]',
    x: [X],
    filter: [[K]],
    y: [
      [
        [19, 25],
        [37, 43],
      ],
    ],
  },
  {
    name: 'padding 1 on every side gives 4x4',
    x: [X],
    filter: [[K]],
    pad: 1,
    y: [
      [
        [0, 3, 8, 4],
        [9, 19, 25, 10],
        [21, 37, 43, 16],
        [6, 7, 8, 0],
      ],
    ],
  },
  {
    name: 'stride 3x2, rounded down',
    x: [X],
    filter: [[K]],
    pad: [1, 1, 1, 1],
    stride: [3, 2],
    rounding: 'floor',
    y: [
      [
        [0, 8],
        [6, 8],
      ],
    ],
  },
  {
    name: 'stride 3x2, rounded up',
    x: [X],
    filter: [[K]],
    pad: [1, 1, 1, 1],
    stride: [3, 2],
    rounding: 'ceil',
    y: [
      [
        [0, 8, 0],
        [6, 8, 0],
      ],
    ],
  },
  {
    name: 'two input channels: 3x3x2 * 2x2x2',
    x: [X, SECOND_X],
    filter: [[K, SECOND_K]],
    y: [
      [
        [56, 72],
        [104, 120],
      ],
    ],
  },
  {
    name: 'two output channels: 3x3x2 * 2x2x2x2',
    x: [X, SECOND_X],
    filter: [
      [K, SECOND_K],
      [SECOND_K, THIRD_K],
    ],
    y: [
      [
        [56, 72],
        [104, 120],
      ],
      [
        [76, 100],
        [148, 172],
      ],
    ],
  },
];

/** A named case with its inputs, and its result in the order of the case's format. */
export interface WorkedExample {
  readonly name: string;
  readonly case: ConvCase;
  readonly inputs: CaseInputs;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Returns the worked examples in a format. */
export function workedExamples(format: ConvCase['format']): WorkedExample[] {
  return examples.map((example) => {
    const { x, filter, y } = example;
    const [rows, cols] = [x[0].length, x[0][0].length];
    const [filterRows, filterCols] = [filter[0][0].length, filter[0][0][0].length];
    const filterShape = [filterRows, filterCols, x.length, y.length] as const;
    const taps = indices(filterRows, filterCols, x.length, y.length);
    const laidOut = (planes: Example['y']) => {
      const sizes = [planes.length, planes[0].length, planes[0][0].length];
      return format === 'NCHW'
        ? { shape: [1, ...sizes], values: planes.flat(2) }
        : {
            shape: [1, sizes[1], sizes[2], sizes[0]],
            values: indices(sizes[1], sizes[2], sizes[0]).map(([r, c, d]) => planes[d][r][c]),
          };
    };
    const input = laidOut(x);
    return {
      name: example.name,
      case: {
        kernel: 'conv2d',
        in: [1, rows, cols, x.length],
        filter: filterShape,
        stride: example.stride ?? [1, 1],
        pad: example.pad ?? 'valid',
        dilation: [1, 1],
        format,
        rounding: example.rounding,
        seed: 0,
      },
      inputs: {
        x: { shape: input.shape, values: Float32Array.from(input.values) },
        filter: {
          shape: filterShape,
          values: Float32Array.from(taps, ([r, c, d, k]) => filter[k][d][r][c]),
        },
        bias: null,
        prelu: null,
      },
      ...laidOut(y),
    };
  });
}

/** Returns all indices of an array of these sizes, in order. */
function indices(...sizes: number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}
