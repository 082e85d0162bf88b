/** Schedules in the heap: call lists that threads do together, one after the other. */
import { type CallList, doubleBytes, viewsOf } from './callList.js';
import type { Microkernels } from './functions.js';

/**
 * Lists in steps. The chunks of all steps are numbered in their order, and threads take them by their
 * numbers. A chunk may be done when all chunks of the steps before are done.
 */
export interface Schedule {
  readonly micro: Microkernels;
  /** Address of the table of steps. */
  readonly address: number;
  /** Number of chunks of all steps. */
  readonly chunks: number;
  /** True if a step has chunks for several threads. */
  readonly isDivided: boolean;
  readonly effort: number;
  /** Addresses of blocks that a lost worker may still write to, or take addresses from. */
  readonly blocks: readonly number[];
}

const intBytes = 4;
/** Words of a step in wasm/run.ts. */
const stepWords = 3;

/** Returns the bytes of the table for this number of lists: a step for each, and the end. Doubles may follow. */
export const scheduleBytes = (lists: number) =>
  doubleBytes * Math.ceil(((lists + 1) * stepWords * intBytes) / doubleBytes);

/**
 * Writes the schedule of lists, which lie one after the other. Those that are not divided and follow each
 * other are one step, so that one thread does them and the values between them stay in its cache.
 *
 * @param block the address of the block in which `address` is
 */
export function writeSchedule(
  memory: WebAssembly.Memory,
  address: number,
  lists: readonly CallList[],
  block: number,
): Schedule {
  const steps: { chunks: number; list: number; lists: number }[] = [];
  for (const { address: list, chunks } of lists) {
    const last = steps.at(-1);
    if (last?.chunks === 1 && chunks === 1) last.lists++;
    else steps.push({ chunks, list, lists: 1 });
  }
  let first = 0;
  const words: number[] = [];
  for (const { chunks, list, lists } of steps) {
    words.push(first, list, lists);
    first += chunks;
  }
  words.push(first);
  viewsOf(memory).ints.set(words, address / intBytes);
  return {
    micro: lists[0].micro,
    address,
    chunks: first,
    isDivided: steps.some(({ chunks }) => chunks > 1),
    effort: lists.reduce((sum, { effort }) => sum + effort, 0),
    blocks: [...new Set([block, ...lists.flatMap(({ blocks }) => blocks)])],
  };
}
