/** A stream of numbers in [0, 1), the same in every browser for the same seed and name. */
export type Stream = () => number;

/** Streams of different names are independent: adding a bias does not change the input. */
export function stream(seed: number, name: string): Stream {
  let state = hash(`${seed}/${name}`);
  // The generator mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` float32 values in [-1, 1). */
export function fractions(next: Stream, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => next() * 2 - 1);
}

/** `count` whole numbers in [-limit, limit]. */
export function integers(next: Stream, count: number, limit: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.floor(next() * (2 * limit + 1)) - limit);
}

/** The hash FNV-1a of 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
