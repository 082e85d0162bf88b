import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../shape/convShape.js';
import { type CPURunner, valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';

/** A region of wasm/job.ts. */
export interface JobRegion {
  readonly batch: number;
  readonly rows: number;
  readonly cols: number;
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

/** In the order of wasm/job.ts. */
const regionFields = [
  'batch',
  'rows',
  'cols',
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
/** Words of the addresses and the limits of a job. */
const operandWords = 8;
/** Of a tiled plan. */
const depthAt = 2;
const channelsAt = 3;

/** What the microkernels do to a sum before they store it. */
export interface FusedEpilogue {
  /** One value for all channels, or one for each. */
  readonly bias: TensorInfo | null;
  /** For what is negative: one value for all channels, or one for each. */
  readonly slopes: TensorInfo | number | null;
  readonly low: number;
  readonly high: number;
}

/** What a job is whatever its operands: made once for a convolution. */
export interface Plan {
  readonly microkernel: 'dense' | 'depthwise' | 'sweep3x3';
  readonly words: Int32Array;
  /** Where its operands come. */
  readonly operandsAt: number;
  readonly outChannels: number;
  /** That the microkernel needs for itself; at least 4, which are zero. */
  readonly scratchWords: number;
  /** Multiply-adds of what threads can share; else 0. */
  readonly shared: number;
}

/**
 * The plan of a job of wasm/job.ts.
 * @param depth values of x that make one output value
 * @param capacity tiles in a list
 */
export function tiledPlan(
  microkernel: 'dense' | 'depthwise',
  regions: readonly JobRegion[],
  depth: number,
  outChannels: number,
  capacity: number,
): Plan {
  const sizes = [regions.length, capacity, depth, outChannels];
  const pixels = regions.reduce((sum, { batch, rows, cols }) => sum + batch * rows * cols, 0);
  return {
    microkernel,
    words: Int32Array.from([
      ...sizes,
      ...new Array(operandWords).fill(0),
      ...regions.flatMap((region) => regionFields.map((field) => region[field])),
    ]),
    operandsAt: sizes.length,
    outChannels,
    scratchWords: capacity * tileWords,
    shared: microkernel === 'dense' ? pixels * depth * outChannels : 0,
  };
}

/** The plan of a job of wasm/sweep.ts. */
export function sweepPlan(s: ConvShape): Plan {
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
    // The last one is for the microkernel itself.
    words: Int32Array.from([...sizes, ...new Array(operandWords + 1).fill(0)]),
    operandsAt: sizes.length,
    outChannels: s.outChannels,
    scratchWords: 4,
    shared: 0,
  };
}

/** Addresses of what a job reads and writes. */
export interface Operands {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** A worker may still write to a result, which is to be computed anew elsewhere. */
export class WorkerLost extends Error {
  override name = 'WorkerLost';
}

/** Half of them take longer than to wake a worker. */
const leastShared = 8e6;
const panelLanes = 8;

/**
 * Where each thread's output channels begin. Panels of them share nothing, so that they are the same
 * whichever thread computes them.
 */
function startsOf({ shared, outChannels }: Plan, threads: number): number[] {
  const panels = Math.ceil(outChannels / panelLanes);
  const parts = shared < leastShared ? 1 : Math.min(threads, panels);
  return Array.from({ length: parts }, (_, i) => panelLanes * Math.round((i * panels) / parts));
}

/**
 * Writes the job, or one for each thread, into a block and runs it.
 * @throws WorkerLost
 */
export function runJob(
  backend: CPURunner,
  micro: Microkernels,
  plan: Plan,
  { x, y, w }: Operands,
  { bias, slopes, low, high }: FusedEpilogue,
): void {
  const { microkernel, words, operandsAt, outChannels, scratchWords } = plan;
  const { threads } = backend;
  const starts = startsOf(plan, threads?.count ?? 1);
  // What a vector reads past the last channel has to be there.
  const channelWords = Math.ceil(outChannels / panelLanes) * panelLanes + panelLanes;
  const [biasAt, slopesAt, jobsAt] = [0, channelWords, 2 * channelWords];
  const jobWords = words.length + scratchWords;
  const blockWords = jobsAt + starts.length * jobWords;
  backend.withBlock(blockWords * wordBytes, (address) => {
    const at = (word: number) => address + word * wordBytes;
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
      micro[microkernel](jobs[0]);
    } else if (!threads.run(micro.module, jobs, (job) => micro.dense(job))) {
      backend.abandon(address);
      backend.abandon(y);
      throw new WorkerLost('a worker does not answer');
    }
  });
}

function spread(into: Float32Array, at: number, channels: number, values: ArrayLike<number>): void {
  if (values.length === 1) into.fill(values[0], at, at + channels);
  else into.set(values, at);
}
