/** Jobs: the parameters of one microkernel call, written into a block of the heap. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../shape/convShape.js';
import { type CPURunner, valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';

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

const wordBytes = 4;
const tileWords = 14;
/** Number of words of the addresses and the limits of a job. */
const operandWords = 8;
/** Indices of the depth and the number of output channels in the words of a tiled plan. */
const depthAt = 4;
const channelsAt = 5;

/** The epilogue that the microkernels apply to a sum before they store it. */
export interface FusedEpilogue {
  /** One value for all channels, or one for each. */
  readonly bias: TensorInfo | null;
  /** Factors of negative values: one value for all channels, or one for each. */
  readonly slopes: TensorInfo | number | null;
  readonly low: number;
  readonly high: number;
}

/** Rows of an output over all images. */
export interface Rows {
  readonly count: number;
  /** Number of values of one row. */
  readonly values: number;
  /** Least number of rows that are worth a part. */
  readonly least: number;
}

/** The part of a job that does not depend on its operands; made once per convolution shape. */
export interface JobPlan {
  readonly microkernel: 'dense' | 'depthwise' | 'sweep3x3';
  readonly words: Int32Array;
  /** Index in `words` of the first operand. */
  readonly operandsAt: number;
  readonly outChannels: number;
  /** Rows of the output, which may be computed part by part; null if they are not contiguous. */
  readonly rows: Rows | null;
  /** Number of scratch words that the microkernel needs; at least 4, and the first 4 are zero. */
  readonly scratchWords: number;
  /** Number of multiply-adds if threads can share the job; else 0. */
  readonly shared: number;
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
  readonly rows: Rows | null;
  /** False if a pixel has the same sum whether or not it is a region of its own; true by default. */
  readonly splits?: boolean;
}

/** Returns the plan of a job of wasm/job.ts. */
export function tiledPlan(tiled: Tiled): JobPlan {
  const { microkernel, regions, depth, outChannels, capacity, height, rows, splits } = tiled;
  const pixels = regions.reduce((sum, { batch, rows, cols }) => sum + batch * rows * cols, 0);
  const sizes = [regions.length, capacity, height, Number(splits ?? true), depth, outChannels];
  return {
    microkernel,
    words: Int32Array.from([
      ...sizes,
      ...new Array(operandWords).fill(0),
      ...regions.flatMap((region) => regionFields.map((field) => region[field])),
    ]),
    operandsAt: sizes.length,
    outChannels,
    rows,
    scratchWords: capacity * tileWords,
    shared: microkernel === 'dense' ? pixels * depth * outChannels : 0,
  };
}

/** Number of pixels that reuse a filter often enough. */
const PART_PIXELS = 48;

/** Describes the rows of a convolution's output. */
export function rowsOf({ batch, outHeight, outWidth, outChannels }: ConvShape): Rows {
  const least = Math.ceil(PART_PIXELS / Math.max(1, outWidth));
  return { count: batch * outHeight, values: outWidth * outChannels, least };
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
    // The microkernel itself uses the last word.
    words: Int32Array.from([...sizes, ...new Array(operandWords + 1).fill(0)]),
    operandsAt: sizes.length,
    outChannels: s.outChannels,
    rows: rowsOf(s),
    scratchWords: 4,
    shared: 0,
  };
}

/** Addresses of the data that a job reads and writes. */
export interface Operands {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** Thrown if a lost worker may still write to a result, which must then be computed elsewhere. */
export class WorkerLost extends Error {
  override name = 'WorkerLost';
}

/**
 * Minimum number of multiply-adds for sharing a job. Half of them take longer than waking a worker.
 */
const leastShared = 8e6;
const panelLanes = 8;
/** More rows than any output has. */
const allRows = 0x7fffffff;

/**
 * Returns the first output channel of each thread. Each thread computes whole panels of channels.
 * Panels share nothing, so that the result is the same whichever thread computes them.
 */
function startsOf({ shared, outChannels }: JobPlan, threads: number): number[] {
  const panels = Math.ceil(outChannels / panelLanes);
  const parts = shared < leastShared ? 1 : Math.min(threads, panels);
  return Array.from({ length: parts }, (_, i) => panelLanes * Math.round((i * panels) / parts));
}

/**
 * Writes one job, or one job per thread, into a block and runs it.
 * @throws WorkerLost
 */
export function runJob(
  backend: CPURunner,
  micro: Microkernels,
  plan: JobPlan,
  { x, y, w }: Operands,
  { bias, slopes, low, high }: FusedEpilogue,
): void {
  const { microkernel, words, operandsAt, outChannels, rows, scratchWords } = plan;
  const { threads } = backend;
  const starts = startsOf(plan, threads?.count ?? 1);
  // Vectors read past the last channel, so the block needs extra words there.
  const channelWords = Math.ceil(outChannels / panelLanes) * panelLanes + panelLanes;
  const [biasAt, slopesAt, jobsAt] = [0, channelWords, 2 * channelWords];
  const jobWords = words.length + scratchWords;
  const blockWords = jobsAt + starts.length * jobWords;
  backend.withBlock(blockWords * wordBytes, (address) => {
    const at = (word: number) => address + word * wordBytes;
    if (bias !== null) backend.noteConstant(bias, 'a bias');
    if (slopes !== null && typeof slopes !== 'number') backend.noteConstant(slopes, 'a slope');
    const floats = backend.view(address, blockWords);
    const ints = new Int32Array(floats.buffer, address, blockWords);
    floats.fill(0, biasAt, jobsAt);
    if (bias !== null) spread(floats, biasAt, outChannels, valuesOf(backend, bias));
    if (slopes !== null) {
      const values = typeof slopes === 'number' ? [slopes] : valuesOf(backend, slopes);
      spread(floats, slopesAt, outChannels, values);
    }
    const jobs = starts.map((start, i) => {
      const job = jobsAt + i * jobWords;
      const operands = job + operandsAt;
      const scratch = job + words.length;
      ints.set(words, job);
      ints[operands] = x;
      ints[operands + 1] = y + start * wordBytes;
      ints[operands + 2] = w + start * words[depthAt] * wordBytes;
      ints[operands + 3] = at(biasAt + start);
      ints[operands + 4] = slopes === null ? 0 : at(slopesAt + start);
      ints[operands + 5] = at(scratch);
      floats[operands + 6] = low;
      floats[operands + 7] = high;
      floats.fill(0, scratch, scratch + 4);
      if (starts.length > 1) {
        ints[job + channelsAt] = (starts[i + 1] ?? outChannels) - start;
      }
      return at(job);
    });
    if (threads === null || jobs.length === 1) {
      const [job] = jobs;
      if (rows === null) backend.step(() => micro[microkernel](job, 0, allRows));
      else {
        const { count, values, least } = rows;
        backend.stepInParts({
          ...{ length: count * values, grain: values * least, y, whole: [x] },
          run: (from, some) =>
            micro[microkernel](job, from / values, from / values + some / values),
        });
      }
      return;
    }
    backend.step(() => {
      if (threads.run(micro.module, jobs, (job) => micro.dense(job, 0, allRows))) return;
      backend.abandon(address);
      backend.abandon(y);
      throw new WorkerLost('a worker does not answer');
    });
  });
}

function spread(into: Float32Array, at: number, channels: number, values: ArrayLike<number>): void {
  if (values.length === 1) into.fill(values[0], at, at + channels);
  else into.set(values, at);
}
