/**
 * Values on the CPU from which tensors on the GPU are made again in a new context. They are kept by
 * reference; a checksum tells if an array is unchanged since it went to the GPU.
 */
import { type DataId, env } from '@tensorflow/tfjs-core';
import { KEEP_VALUES } from '../../engine/flags.js';

interface Kept {
  /** Values of the data; null if the flag was false. */
  readonly values: ArrayLike<number> | null;
  readonly sum: number;
}

/** Kept values, or the reason why there are none. */
type Found =
  | { readonly values: ArrayLike<number>; readonly reason: null }
  | { readonly values: null; readonly reason: string };

export class KeptValues {
  private readonly kept = new Map<DataId, Kept>();

  /** Returns the data whose values have been sent to the GPU, or read from it. */
  ids(): Iterable<DataId> {
    return this.kept.keys();
  }

  /** Keeps values that have just been sent to the GPU, or read from it; the first call counts. */
  keep(dataId: DataId, values: ArrayLike<number>): void {
    if (this.kept.has(dataId)) return;
    this.kept.set(dataId, {
      values: env().getBool(KEEP_VALUES) ? values : null,
      sum: checksum(values),
    });
  }

  /** Forgets data that is no longer on the GPU. */
  drop(dataId: DataId): void {
    this.kept.delete(dataId);
  }

  has(dataId: DataId): boolean {
    return this.kept.has(dataId);
  }

  /**
   * Returns the values, or the reason why there are none.
   * @param held the values that stock holds; null for none
   */
  find(dataId: DataId, held: ArrayLike<number> | null): Found {
    const kept = this.kept.get(dataId);
    if (kept === undefined) return missing('it was computed on the GPU');
    const { sum } = kept;
    const copies = [kept.values, held].filter((values) => values !== null);
    if (copies.length === 0) return missing(`${KEEP_VALUES} is false`);
    const values = copies.find((copy) => checksum(copy) === sum);
    if (values === undefined) return missing('its array has been written to since it was made');
    return { values, reason: null };
  }

  /** Bytes of the kept arrays, each counted once. */
  get bytes(): number {
    const arrays = new Set([...this.kept.values()].map(({ values }) => values));
    let bytes = 0;
    for (const values of arrays) bytes += ArrayBuffer.isView(values) ? values.byteLength : 0;
    return bytes;
  }
}

function missing(reason: string): Found {
  return { values: null, reason };
}

/**
 * Returns the xxHash32 of the bits of 32-bit values; other numbers are hashed as float32. It
 * detects every change of a single value, and all but one in 2^32 of other changes.
 */
export function checksum(values: ArrayLike<number>): number {
  const words = wordsOf(values);
  const { length } = words;
  const end = length & ~3;
  let a = (P1 + P2) | 0;
  let b = P2;
  let c = 0;
  let d = -P1;
  for (let i = 0; i < end; i += 4) {
    a = round(a, words[i]);
    b = round(b, words[i + 1]);
    c = round(c, words[i + 2]);
    d = round(d, words[i + 3]);
  }
  let sum = length < 4 ? P5 : rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
  sum = (sum + 4 * length) | 0;
  for (let i = end; i < length; i++) {
    sum = Math.imul(rotated((sum + Math.imul(words[i], P3)) | 0, 17), P4);
  }
  sum = Math.imul(sum ^ (sum >>> 15), P2);
  sum = Math.imul(sum ^ (sum >>> 13), P3);
  return (sum ^ (sum >>> 16)) >>> 0;
}

// The primes of xxHash32, as signed numbers.
const P1 = 0x9e3779b1 | 0;
const P2 = 0x85ebca77 | 0;
const P3 = 0xc2b2ae3d | 0;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

function round(lane: number, word: number): number {
  return Math.imul(rotated((lane + Math.imul(word, P2)) | 0, 13), P1);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function wordsOf(values: ArrayLike<number>): Int32Array {
  // An array that was transferred to a worker has length 0, and no buffer that could be read.
  if (values.length === 0) return new Int32Array(0);
  const typed =
    values instanceof Float32Array || values instanceof Int32Array
      ? values
      : Float32Array.from(values);
  return new Int32Array(typed.buffer, typed.byteOffset, typed.length);
}
