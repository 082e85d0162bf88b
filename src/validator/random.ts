/** Stream of numbers in [0, 1), identical in every browser for the same seed and name. */
export type Stream = () => number;

/**
 * Makes a stream. Streams with different names are independent, so that adding a bias does not
 * change the input.
 */
export function stream(seed: number, name: string): Stream {
  let state = hash(`${seed}/${name}`);
  // This is the generator mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws `count` float32 values in [-1, 1). */
export function fractions(next: Stream, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => next() * 2 - 1);
}

/** Draws `count` whole numbers in [-limit, limit]. */
export function integers(next: Stream, count: number, limit: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.floor(next() * (2 * limit + 1)) - limit);
}

/** Returns the 32-bit FNV-1a hash of a text. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
