import type { ConvCase } from './convCase.js';
import { outputOf } from './oracle.js';
import { fractions, integers, type Stream, stream } from './random.js';

/** Values, and their shape in tfjs. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

export interface CaseInputs {
  readonly x: Numbers;
  readonly filter: Numbers;
  readonly bias: Numbers | null;
  readonly prelu: Numbers | null;
  /** Gradient of the output, or conv2dTranspose's input; it has the convolution's output shape. */
  readonly dy?: Numbers;
}

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

type Draw = (next: Stream, count: number) => Float32Array;

const whole: Draw = (next, count) => integers(next, count, INTEGER_LIMIT);

const scaled =
  (scale: number): Draw =>
  (next, count) =>
    fractions(next, count).map((value) => value * scale);

/** Draws fractions, with one of `specials` in the first place and in about every 16th place. */
const sprinkled =
  (...specials: number[]): Draw =>
  (next, count) =>
    fractions(next, count).map((value, i) =>
      i === 0 || next() < 1 / RARITY ? specials[Math.floor(next() * specials.length)] : value,
    );

/** Draw functions for x and the filter, by kind of data; fractions where none is named. */
const draws: Record<NonNullable<ConvCase['data']>, { x?: Draw; filter?: Draw }> = {
  int: { x: whole, filter: whole },
  inf: { x: sprinkled(Infinity, -Infinity) },
  nan: { x: sprinkled(NaN) },
  zero: { x: sprinkled(-0), filter: sprinkled(-0) },
  weightInf: { filter: sprinkled(Infinity, -Infinity) },
  weightNaN: { filter: sprinkled(NaN) },
  denormal: { x: scaled(DENORMAL) },
  huge: { x: scaled(HUGE) },
};

/** Makes the inputs of a case, which depend on nothing but the case. */
export function caseInputs(c: ConvCase): CaseInputs {
  const numbers = (name: string, shape: readonly number[], draw?: Draw): Numbers => {
    const count = shape.reduce((a, b) => a * b, 1);
    const otherwise = c.data === 'int' ? whole : fractions;
    return { values: (draw ?? otherwise)(stream(c.seed, name), count), shape };
  };
  const inOrder = (n: number, h: number, w: number, d: number) =>
    c.format === 'NHWC' ? [n, h, w, d] : [n, d, h, w];
  const special = c.data ? draws[c.data] : {};
  const inputs = {
    x: numbers('x', inOrder(...c.in), special.x),
    filter: numbers('filter', c.filter, special.filter),
    bias: c.bias ? numbers('bias', c.bias) : null,
    prelu: c.prelu ? numbers('prelu', c.prelu) : null,
  };
  if (c.kernel === 'conv2d' || c.kernel === 'depthwiseConv2d') return inputs;
  const { rows, cols } = outputOf(c);
  return { ...inputs, dy: numbers('dy', inOrder(c.in[0], rows, cols, c.filter[3])) };
}
