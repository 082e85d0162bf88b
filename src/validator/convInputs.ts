import { type ConvCase, isForward, outChannelsOf } from './convCase.js';
import { type Draw, specialDraws, whole } from './draws.js';
import type { Numbers } from './numbers.js';
import { outputOf } from './oracle.js';
import { fractions, stream } from './random.js';

export interface CaseInputs {
  readonly x: Numbers;
  readonly filter: Numbers;
  readonly bias: Numbers | null;
  readonly prelu: Numbers | null;
  /** Gradient of the output, or conv2dTranspose's input; it has the convolution's output shape. */
  readonly dy?: Numbers;
}

/** Draw functions for x and the filter, by kind of data; fractions where none is named. */
const draws: Record<NonNullable<ConvCase['data']>, { x?: Draw; filter?: Draw }> = {
  int: { x: whole, filter: whole },
  inf: { x: specialDraws.inf() },
  nan: { x: specialDraws.nan() },
  zero: { x: specialDraws.zero(), filter: specialDraws.zero() },
  weightInf: { filter: specialDraws.inf() },
  weightNaN: { filter: specialDraws.nan() },
  denormal: { x: specialDraws.denormal() },
  huge: { x: specialDraws.huge() },
};

/** Makes the inputs of a convolution. */
export function convInputs(c: ConvCase): CaseInputs {
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
  if (isForward(c.kernel)) return inputs;
  const { rows, cols } = outputOf(c);
  return { ...inputs, dy: numbers('dy', inOrder(c.in[0], rows, cols, outChannelsOf(c))) };
}
