/** Lists of calls in the heap, by which threads do shared work. */
import { Microkernel, MOST_ARGUMENTS } from '../wasm/numbers.js';
import type { Microkernels } from './functions.js';
import type { SharedWork } from './work.js';

/** Works of the same length. If there are several, they are done part by part, one after the other. */
export interface Group {
  readonly micro: Microkernels;
  readonly works: readonly SharedWork[];
  /** Number of units of a part. */
  readonly part: number;
}

/** A group in the heap, as a list of calls. */
export interface CallList {
  readonly micro: Microkernels;
  readonly address: number;
  readonly chunks: number;
  readonly effort: number;
  /** Addresses of blocks that a lost worker may still write to, or take addresses from. */
  readonly blocks: readonly number[];
}

const headBytes = 16;
const doubleBytes = 8;
/** Terms of an argument in wasm/run.ts. */
const termCount = 4;
const callDoubles = 1 + MOST_ARGUMENTS * termCount;

export const callListBytes = (works: number) => headBytes + works * callDoubles * doubleBytes;

/**
 * Writes a list that does works of the same length, one after the other, for each part of some units. A
 * chunk of some parts is what a thread does at a time.
 */
export function writeCallList(
  memory: WebAssembly.Memory,
  address: number,
  works: readonly SharedWork[],
  part: number,
  chunk: number,
): void {
  const { buffer } = memory;
  new Int32Array(buffer, address, 4).set([works.length, works[0].length, part, chunk]);
  const doubles = new Float64Array(buffer, address + headBytes, works.length * callDoubles);
  doubles.fill(0);
  for (const [i, work] of works.entries()) doubles.set(callOf(work), i * callDoubles);
}

/** Returns the microkernel and the terms of the arguments, which are linear. */
function callOf({ grain, call }: SharedWork): number[] {
  const [name, ...constants] = call(0, 0, 0);
  const alone = [call(grain, 0, 0), call(0, grain, 0), call(0, 0, 1)].map(([, ...args]) => args);
  const [ofFrom, ofCount, ofThread] = alone.map((args) =>
    args.map((v, i) => less(v, constants[i])),
  );
  const terms = constants.flatMap((constant, i) => [
    ...[constant, ofFrom[i] / grain, ofCount[i] / grain, ofThread[i]],
  ]);
  return [Microkernel[name], ...terms];
}

/** Returns a - b; -0 for equal values, infinite ones as well, which leaves the sign of what it is added to. */
const less = (a: number, b: number) => (Object.is(a, b) ? -0 : a - b);
