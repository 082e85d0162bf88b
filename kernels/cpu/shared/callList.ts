/** Lists of calls in the heap, by which threads share work. */
import { Microkernel, MOST_ARGUMENTS } from '../wasm/numbers.js';
import type { Microkernels } from './functions.js';
import type { Call, SharedWork } from './work.js';

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
  /** Addresses of blocks that the calls write to, or read addresses from. */
  readonly blocks: readonly number[];
}

const headBytes = 16;
const intBytes = 4;
export const doubleBytes = 8;
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
  const { ints, doubles } = viewsOf(memory);
  let at = address / intBytes;
  for (const word of [works.length, works[0].length, part, chunk]) ints[at++] = word;
  let next = (address + headBytes) / doubleBytes;
  for (const work of works) {
    writeCall(doubles, next, work);
    next += callDoubles;
  }
}

/** Writes the microkernel and the terms of the arguments, which are linear. */
function writeCall(doubles: Float64Array, first: number, { grain, call }: SharedWork): void {
  const constants = call(0, 0, 0);
  const [ofFrom, ofCount, ofThread] = [call(grain, 0, 0), call(0, grain, 0), call(0, 0, 1)];
  doubles[first] = Microkernel[constants[0]];
  for (let i = 0; i < MOST_ARGUMENTS; i++) {
    const at = first + 1 + i * termCount;
    const constant = (constants[i + 1] ?? 0) as number;
    const less = (other: Call) => difference((other[i + 1] ?? 0) as number, constant);
    doubles[at] = constant;
    doubles[at + 1] = less(ofFrom) / grain;
    doubles[at + 2] = less(ofCount) / grain;
    doubles[at + 3] = less(ofThread);
  }
}

/** Returns a - b; -0 for equal values, infinite ones as well, which leaves the sign of what it is added to. */
const difference = (a: number, b: number) => (Object.is(a, b) ? -0 : a - b);

interface Views {
  readonly ints: Int32Array;
  readonly doubles: Float64Array;
}

const viewsOfMemories = new WeakMap<WebAssembly.Memory, Views>();

/** Returns views of a whole memory, which are made again when it has grown. */
export function viewsOf(memory: WebAssembly.Memory): Views {
  let views = viewsOfMemories.get(memory);
  if (views?.ints.buffer !== memory.buffer) {
    const { buffer } = memory;
    views = { ints: new Int32Array(buffer), doubles: new Float64Array(buffer) };
    viewsOfMemories.set(memory, views);
  }
  return views as Views;
}
