/** Random values of inputs, by kind of data. */
import { fractions, integers, type Stream } from './random.js';

export type Draw = (next: Stream, count: number) => Float32Array;

/**
 * Largest magnitude of whole numbers: they are drawn from [-4, 4] so that sums of a million
 * products are still exact in float32.
 */
const INTEGER_LIMIT = 4;

/** Average number of values per special value. */
const RARITY = 16;

/**
 * Largest magnitude of `huge` data, and a scale for `denormal` data below the smallest normal
 * float32.
 */
const HUGE = 1e30;
const DENORMAL = 1e-39;

export const whole: Draw = (next, count) => integers(next, count, INTEGER_LIMIT);

const scaled =
  (scale: number): Draw =>
  (next, count) =>
    fractions(next, count).map((value) => value * scale);

/** Draws values evenly from `low` to `high`. */
export const between =
  (low: number, high: number): Draw =>
  (next, count) =>
    fractions(next, count).map((value) => low + ((value + 1) / 2) * (high - low));

/** Draws with `draw`, and puts one of `specials` in the first place and in about every 16th. */
const sprinkled =
  (specials: readonly number[], draw: Draw = fractions): Draw =>
  (next, count) =>
    draw(next, count).map((value, i) =>
      i === 0 || next() < 1 / RARITY ? specials[Math.floor(next() * specials.length)] : value,
    );

export const INFINITIES = [Infinity, -Infinity] as const;

/** Draws with infinities, NaN or -0 among the values, or at the ends of the range of float32. */
export const specialDraws = {
  inf: (draw?: Draw) => sprinkled(INFINITIES, draw),
  nan: (draw?: Draw) => sprinkled([NaN], draw),
  zero: (draw?: Draw) => sprinkled([-0], draw),
  denormal: () => scaled(DENORMAL),
  huge: () => scaled(HUGE),
} as const satisfies Record<string, (draw?: Draw) => Draw>;
