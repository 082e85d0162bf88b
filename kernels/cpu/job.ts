import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type CPURunner, valuesOf } from './kernel.js';

/** A region of wasm/job.ts, but for the addresses, which are offsets in bytes of x and y. */
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
const jobWords = 11;
/** Of a tile in wasm/job.ts. */
const tileWords = 14;

/** What the microkernels do to a sum before they store it. */
export interface FusedEpilogue {
  /** One value for all channels, or one for each. */
  readonly bias: TensorInfo | null;
  /** For what is negative: one value for all channels, or one for each. */
  readonly slopes: TensorInfo | number | null;
  readonly low: number;
  readonly high: number;
}

export interface Job {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly regions: readonly JobRegion[];
  /** Values of x that make one output value. */
  readonly depth: number;
  readonly outChannels: number;
  readonly epilogue: FusedEpilogue;
  /** Of a list of tiles. */
  readonly capacity: number;
}

/** Writes the job into a block and runs it. */
export function runJob(backend: CPURunner, job: Job, microkernel: (job: number) => void): void {
  const { x, y, w, regions, depth, outChannels, capacity } = job;
  const { bias, slopes, low, high } = job.epilogue;
  // What a vector reads past the last channel has to be there.
  const channelWords = Math.ceil(outChannels / 8) * 8 + 8;
  const biasAt = jobWords + regions.length * regionFields.length;
  const slopesAt = biasAt + channelWords;
  const tilesAt = slopesAt + channelWords;
  const words = tilesAt + capacity * tileWords;
  backend.withBlock(words * wordBytes, (address) => {
    const at = (word: number) => address + word * wordBytes;
    const floats = backend.view(address, tilesAt);
    const ints = new Int32Array(floats.buffer, address, tilesAt);
    ints.set([at(jobWords), regions.length, at(tilesAt), capacity, w, depth, outChannels]);
    ints[7] = at(biasAt);
    ints[8] = slopes === null ? 0 : at(slopesAt);
    floats[9] = low;
    floats[10] = high;
    let to = jobWords;
    for (const region of regions) {
      for (const field of regionFields) {
        const start = field === 'x' ? x : field === 'y' ? y : 0;
        ints[to++] = start + region[field];
      }
    }
    floats.fill(0, biasAt);
    if (bias !== null) spread(floats, biasAt, outChannels, valuesOf(backend, bias));
    if (slopes !== null) {
      const values = typeof slopes === 'number' ? [slopes] : valuesOf(backend, slopes);
      spread(floats, slopesAt, outChannels, values);
    }
    microkernel(address);
  });
}

function spread(into: Float32Array, at: number, channels: number, values: ArrayLike<number>): void {
  if (values.length === 1) into.fill(values[0], at, at + channels);
  else into.set(values, at);
}
