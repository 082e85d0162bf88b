/** Work on blocks of the heap as data: the calls of microkernels that do it, part by part. */

import type { Microkernel } from '../wasm/numbers.js';
import type { Microkernels } from './functions.js';

/** A call of a microkernel with its arguments; a truth is 1 or 0. */
export type Call = readonly [microkernel: keyof typeof Microkernel, ...args: number[]];

/** Work that threads may share: its parts may be done in any order, and at the same time. */
export interface SharedWork {
  /** Number of units, such as rows of the result. */
  readonly length: number;
  /** Parts begin and end at multiples of this number of units. */
  readonly grain: number;
  /** Time that one unit takes, in multiply-adds of a dense convolution. */
  readonly effort: number;
  /** Addresses of the blocks that the calls write to, or read addresses from. */
  readonly blocks: readonly number[];
  /**
   * Returns the call that does `count` units from unit `from` on, on a thread. Each argument is linear in
   * the three numbers.
   */
  call(from: number, count: number, thread: number): Call;
}

/**
 * Work whose units are the values of a result, in their order: value i depends on value i of operands of
 * the same length, and on operands that are read as a whole.
 */
export interface DivisibleWork extends SharedWork {
  /** Address of the result. */
  readonly y: number;
  /** Addresses of operands that are read as a whole, or in another order. */
  readonly whole: readonly number[];
}

export function makeCall(micro: Microkernels, [name, ...args]: Call): void {
  (micro[name] as (...args: number[]) => void)(...args);
}
