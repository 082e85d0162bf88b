import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../../src/shape/convShape.js';
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
  };
}

/** Addresses of what a job reads and writes. */
export interface Operands {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** Writes the job into a block and runs it. */
export function runJob(
  backend: CPURunner,
  micro: Microkernels,
  { microkernel, words, operandsAt, outChannels, scratchWords }: Plan,
  { x, y, w }: Operands,
  { bias, slopes, low, high }: FusedEpilogue,
): void {
  // What a vector reads past the last channel has to be there.
  const channelWords = Math.ceil(outChannels / 8) * 8 + 8;
  const biasAt = words.length;
  const slopesAt = biasAt + channelWords;
  const scratchAt = slopesAt + channelWords;
  backend.withBlock((scratchAt + scratchWords) * wordBytes, (address) => {
    const at = (word: number) => address + word * wordBytes;
    const floats = backend.view(address, scratchAt + 4);
    const ints = new Int32Array(floats.buffer, address, scratchAt);
    ints.set(words);
    ints[operandsAt] = x;
    ints[operandsAt + 1] = y;
    ints[operandsAt + 2] = w;
    ints[operandsAt + 3] = at(biasAt);
    ints[operandsAt + 4] = slopes === null ? 0 : at(slopesAt);
    ints[operandsAt + 5] = at(scratchAt);
    floats[operandsAt + 6] = low;
    floats[operandsAt + 7] = high;
    floats.fill(0, biasAt);
    if (bias !== null) spread(floats, biasAt, outChannels, valuesOf(backend, bias));
    if (slopes !== null) {
      const values = typeof slopes === 'number' ? [slopes] : valuesOf(backend, slopes);
      spread(floats, slopesAt, outChannels, values);
    }
    micro[microkernel](address);
  });
}

function spread(into: Float32Array, at: number, channels: number, values: ArrayLike<number>): void {
  if (values.length === 1) into.fill(values[0], at, at + channels);
  else into.set(values, at);
}
