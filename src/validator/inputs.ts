import type { ConvCase } from './caseId.js';
import { fractions, integers, stream } from './random.js';

/** Values and the shape they have in tfjs. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

export interface CaseInputs {
  readonly x: Numbers;
  readonly filter: Numbers;
  readonly bias: Numbers | null;
  readonly prelu: Numbers | null;
}

/** Whole numbers are drawn from [-4, 4]: sums of a million products are still exact in float32. */
const INTEGER_LIMIT = 4;

/** The inputs of a case, which depend on nothing but the case. */
export function caseInputs(c: ConvCase): CaseInputs {
  const numbers = (name: string, shape: readonly number[]): Numbers => {
    const next = stream(c.seed, name);
    const count = shape.reduce((a, b) => a * b, 1);
    const values = c.data === 'int' ? integers(next, count, INTEGER_LIMIT) : fractions(next, count);
    return { values, shape };
  };
  const [n, h, w, d] = c.in;
  return {
    x: numbers('x', c.format === 'NHWC' ? [n, h, w, d] : [n, d, h, w]),
    filter: numbers('filter', c.filter),
    bias: c.bias ? numbers('bias', c.bias) : null,
    prelu: c.prelu ? numbers('prelu', c.prelu) : null,
  };
}
