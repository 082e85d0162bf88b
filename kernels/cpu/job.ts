/** Jobs: the parameters of a convolution, written into a block of the heap for each thread. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { JobPlan } from './jobPlan.js';
import { type CPURunner, valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { withThreadBlocks, writeWords } from './onHeap.js';
import type { Call, DivisibleWork } from './shared/work.js';

const wordBytes = 4;
/** Words of scratch space that are zero at first. */
const zeroWords = 4;
const panelLanes = 8;
/** More rows than any output has. */
const allRows = 0x7fffffff;
/** Number of parts for each thread that are enough to keep all threads at work. */
export const PARTS = 4;
/** Least number of rows of a sweep, which computes two at a time. */
const SWEPT_ROWS = 2;
/** Bytes of a filter that stays in the second cache. */
export const CACHED_FILTER = 256 * 1024;

/** The epilogue that the microkernels apply to a sum before they store it. */
export interface FusedEpilogue {
  /** One value for all channels, or one for each. */
  readonly bias: TensorInfo | null;
  /** Factors of negative values: one value for all channels, or one for each. */
  readonly slopes: TensorInfo | number | null;
  readonly low: number;
  readonly high: number;
}

/** The epilogue that leaves sums as they are. */
export const noEpilogue: FusedEpilogue = {
  bias: null,
  slopes: null,
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
};

/** Addresses of the data that a job reads and writes. */
export interface Operands {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/**
 * Writes a job for each thread into a block, and does it.
 * @throws WorkerLost
 */
export function runJob(
  backend: CPURunner,
  micro: Microkernels,
  plan: JobPlan,
  { x, y, w }: Operands,
  { bias, slopes, low, high }: FusedEpilogue,
): void {
  const { words, operandsAt, outChannels, scratchWords } = plan;
  // Vectors read past the last channel, so the block needs extra words there.
  const channelWords = Math.ceil(outChannels / panelLanes) * panelLanes + panelLanes;
  if (bias !== null) backend.noteConstant(bias, 'a bias');
  if (slopes !== null && typeof slopes !== 'number') backend.noteConstant(slopes, 'a slope');
  backend.withBlock(2 * channelWords * wordBytes, (biasAt) => {
    const slopesAt = biasAt + channelWords * wordBytes;
    const { floats: channels } = backend.whole;
    const biasWord = biasAt / wordBytes;
    channels.fill(0, biasWord, biasWord + 2 * channelWords);
    if (bias !== null) spread(channels, biasWord, outChannels, valuesOf(backend, bias));
    if (slopes !== null) {
      const values = typeof slopes === 'number' ? [slopes] : valuesOf(backend, slopes);
      spread(channels, biasWord + channelWords, outChannels, values);
    }
    const jobWords = words.length + scratchWords;
    const fill = (job: number) => {
      const scratch = job + words.length * wordBytes;
      const addresses = [x, y, w, biasAt, slopes === null ? 0 : slopesAt, scratch];
      writeWords(backend, job, words);
      writeWords(backend, job + operandsAt * wordBytes, addresses);
      const { floats } = backend.whole;
      const limits = job / wordBytes + operandsAt + addresses.length;
      floats[limits] = low;
      floats[limits + 1] = high;
      floats.fill(0, scratch / wordBytes, scratch / wordBytes + zeroWords);
    };
    withThreadBlocks(backend, jobWords * wordBytes, fill, (first, step) =>
      doJob(backend, micro, plan, { x, y, first, step }),
    );
  });
}

/** Addresses of the jobs of all threads and of their operands. */
interface Jobs {
  readonly x: number;
  readonly y: number;
  /** Address of the first thread's job, and bytes to the next one. */
  readonly first: number;
  readonly step: number;
}

/** Does a job by rows or by channels of its output. */
function doJob(
  backend: CPURunner,
  micro: Microkernels,
  plan: JobPlan,
  { x, y, first, step }: Jobs,
): void {
  const { microkernel, outChannels, rows, effort } = plan;
  const { count, values, least, areOrdered } = rows;
  const blocks = [first, y];
  const callOf = (thread: number, from: number, to: number): Call => {
    const job = first + thread * step;
    return microkernel === 'dense'
      ? [microkernel, job, from, to, 0, outChannels]
      : [microkernel, job, from, to];
  };
  if (isOfPanels(plan, backend.sharing)) {
    const panels = panelsOf(outChannels);
    backend.stepInParts(micro, {
      length: panels,
      grain: 1,
      effort: effort / panels,
      blocks,
      call: (from, some, thread) => {
        const channels = [panelLanes * from, panelLanes * (from + some)];
        return [microkernel, first + thread * step, 0, allRows, ...channels];
      },
    });
  } else if (areOrdered) {
    const length = count * values;
    const rowsOfPart = microkernel === 'dense' ? least : Math.min(least, SWEPT_ROWS);
    const work: DivisibleWork = {
      length,
      grain: values * rowsOfPart,
      effort: effort / length,
      blocks,
      y,
      whole: [x],
      call: (from, some, thread) => callOf(thread, from / values, (from + some) / values),
    };
    backend.stepInParts(micro, work);
  } else {
    backend.stepInParts(micro, {
      length: count,
      grain: least,
      effort: effort / count,
      blocks,
      call: (from, some, thread) => callOf(thread, from, from + some),
    });
  }
}

const panelsOf = (channels: number) => Math.ceil(channels / panelLanes);

/**
 * True if threads had better share panels of channels than rows, because there are few rows, or because
 * each thread would read a large filter again. Panels share nothing, so it does not matter who computes
 * them.
 */
function isOfPanels(
  { microkernel, outChannels, rows, effort, filterBytes }: JobPlan,
  { threadCount, least }: CPURunner['sharing'],
): boolean {
  const parts = PARTS * threadCount;
  const panels = panelsOf(outChannels);
  const areFew = rows.count / rows.least < Math.min(parts, panels);
  const isLarge = filterBytes > CACHED_FILTER && panels >= parts;
  return threadCount > 1 && microkernel === 'dense' && effort >= least && (areFew || isLarge);
}

function spread(into: Float32Array, at: number, channels: number, values: ArrayLike<number>): void {
  if (values.length === 1) into.fill(values[0], at, at + channels);
  else into.set(values, at);
}
