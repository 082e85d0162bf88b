/** Plans of jobs: the part of a convolution's parameters that its shape decides. */
import type { ConvShape } from '../shape/convShape.js';
import { effort } from './shared/effort.js';

/** A region as in wasm/job.ts, where the fields are described. */
export interface JobRegion {
  readonly batch: number;
  readonly rows: number;
  readonly cols: number;
  readonly row: number;
  readonly x: number;
  readonly xBatch: number;
  readonly xRow: number;
  readonly xCol: number;
  readonly y: number;
  readonly yBatch: number;
  readonly yRow: number;
  readonly yCol: number;
  readonly tapRows: number;
  readonly runs: number;
  readonly length: number;
  readonly xTapRow: number;
  readonly xRun: number;
  readonly w: number;
  readonly wTapRow: number;
  readonly wRun: number;
}

/** Fields of a region in the order of wasm/job.ts. */
const regionFields = [
  'batch',
  'rows',
  'cols',
  'row',
  'x',
  'xBatch',
  'xRow',
  'xCol',
  'y',
  'yBatch',
  'yRow',
  'yCol',
  'tapRows',
  'runs',
  'length',
  'xTapRow',
  'xRun',
  'w',
  'wTapRow',
  'wRun',
] as const satisfies readonly (keyof JobRegion)[];

const tileWords = 14;
/** Number of words of the addresses and the limits of a job. */
const operandWords = 8;
/** Number of words that a microkernel itself uses, after the operands. */
const ownWords = { tiled: 2, sweep: 1 } as const;

/** Rows of an output, which may be computed part by part. */
export interface Rows {
  readonly count: number;
  /** Number of values of one row. */
  readonly values: number;
  /** Least number of rows that are worth a part. */
  readonly least: number;
  /** True if they are those of all images, in the order of memory; else those of each region. */
  readonly areOrdered: boolean;
}

/** The part of a job that does not depend on its operands; made once per convolution shape. */
export interface JobPlan {
  readonly microkernel: 'dense' | 'depthwise' | 'sweep3x3';
  readonly words: Int32Array;
  /** Index in `words` of the first operand. */
  readonly operandsAt: number;
  readonly outChannels: number;
  readonly rows: Rows;
  /** Number of scratch words that the microkernel needs; at least 4, and the first 4 are zero. */
  readonly scratchWords: number;
  /** Bytes of the filter that the threads read. */
  readonly filterBytes: number;
  readonly effort: number;
}

/** Properties of a job of wasm/job.ts, from which its plan is made. */
interface Tiled {
  readonly microkernel: 'dense' | 'depthwise';
  readonly regions: readonly JobRegion[];
  /** Number of values of x that contribute to one output value. */
  readonly depth: number;
  readonly outChannels: number;
  /** Number of tiles in a list. */
  readonly capacity: number;
  /** Number of output rows of one image. */
  readonly height: number;
  readonly rows: Rows;
  /** False if a pixel has the same sum whether or not it is a region of its own; true by default. */
  readonly splits?: boolean;
}

/** Returns the plan of a job of wasm/job.ts. */
export function tiledPlan(tiled: Tiled): JobPlan {
  const { microkernel, regions, depth, outChannels, capacity, height, rows, splits } = tiled;
  let products = 0;
  for (const { batch, rows, cols, tapRows, runs, length } of regions) {
    const taps = tapRows * runs * (microkernel === 'dense' ? length : 1);
    products += batch * rows * cols * taps * outChannels;
  }
  const sizes = [regions.length, capacity, height, Number(splits ?? true), depth, outChannels];
  return {
    microkernel,
    words: Int32Array.from([
      ...sizes,
      ...new Array(operandWords + ownWords.tiled).fill(0),
      ...regions.flatMap((region) => regionFields.map((field) => region[field])),
    ]),
    operandsAt: sizes.length,
    outChannels,
    rows,
    scratchWords: capacity * tileWords,
    filterBytes: 4 * depth * outChannels,
    effort: products * (microkernel === 'dense' ? 1 : effort.tap),
  };
}

/** Number of pixels that reuse a filter often enough. */
const PART_PIXELS = 48;

/** Describes the rows of a convolution's output. */
export function rowsOf({ batch, outHeight, outWidth, outChannels }: ConvShape): Rows {
  const least = Math.ceil(PART_PIXELS / Math.max(1, outWidth));
  const count = batch * outHeight;
  return { count, values: outWidth * outChannels, least, areOrdered: true };
}

/** Returns the plan of a job of wasm/sweep.ts. */
export function sweepPlan(s: ConvShape): JobPlan {
  const sizes = [
    s.batch,
    s.inHeight,
    s.inWidth,
    s.inChannels,
    s.outHeight,
    s.outWidth,
    s.strideHeight,
    s.strideWidth,
    s.dilationHeight,
    s.padTop,
    s.padLeft,
  ];
  return {
    microkernel: 'sweep3x3',
    words: Int32Array.from([...sizes, ...new Array(operandWords + ownWords.sweep).fill(0)]),
    operandsAt: sizes.length,
    outChannels: s.outChannels,
    rows: rowsOf(s),
    scratchWords: 4,
    filterBytes: 4 * 9 * s.outChannels,
    effort: 9 * effort.tap * s.batch * s.outHeight * s.outWidth * s.outChannels,
  };
}
