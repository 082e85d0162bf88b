/** Operands with NaN or infinities, and sums that are too large for float32. */
import { type CaseInputs, type ConvCase, type Numbers, stream } from '../../src/validator/index.js';
import type { Special } from './fuzzCase.js';

/** Average number of values per special value. */
const RARITY = 4;

/** Number whose square overflows float32. */
const LARGE = 1e30;

export interface SpecialInputs {
  readonly given: CaseInputs;
  /** Inputs from which the truth is computed. */
  readonly meant: CaseInputs;
}

/** Returns the inputs of a case with special values; the first value is always special. */
export function specialInputs(
  c: ConvCase,
  inputs: CaseInputs,
  special: Special | undefined,
): SpecialInputs {
  if (special === undefined) return { given: inputs, meant: inputs };
  if (special === 'overflow') return overflowing(c, inputs);
  const next = stream(c.seed, 'special');
  const isNan = special.startsWith('nan');
  const odd = () => (isNan ? Number.NaN : next() < 0.5 ? Infinity : -Infinity);
  const sprinkled = (numbers: Numbers | null): Numbers | null =>
    numbers && {
      ...numbers,
      values: numbers.values.map((v, i) => (i === 0 || next() < 1 / RARITY ? odd() : v)),
    };
  const given = special.endsWith('Bias')
    ? { ...inputs, bias: sprinkled(inputs.bias) }
    : { ...inputs, prelu: sprinkled(inputs.prelu) };
  return { given, meant: given };
}

/** True if a convolution has the operand that the special values go into. */
export const hasSpecial: Record<Special, (c: ConvCase) => boolean> = {
  nanBias: ({ bias }) => bias !== undefined,
  infBias: ({ bias }) => bias !== undefined,
  nanSlopes: ({ prelu }) => prelu !== undefined,
  infSlopes: ({ prelu }) => prelu !== undefined,
  overflow: ({ kernel, data }) =>
    kernel !== 'conv2dTranspose' && (data === undefined || data === 'int'),
};

/**
 * Returns inputs whose products have one sign and overflow float32. In whatever order a kernel adds
 * them, the sum is infinite, so the truth can be computed from infinities instead.
 */
function overflowing(c: ConvCase, inputs: CaseInputs): SpecialInputs {
  const sign = c.seed % 2 === 0 ? 1 : -1;
  const all = (numbers: Numbers, f: (value: number) => number): Numbers => {
    return { ...numbers, values: numbers.values.map(f) };
  };
  const large = (value: number) => LARGE * (1 + Math.abs(value));
  return {
    given: {
      ...inputs,
      x: all(inputs.x, large),
      filter: all(inputs.filter, (value) => sign * large(value)),
    },
    meant: { ...inputs, x: all(inputs.x, () => Infinity), filter: all(inputs.filter, () => sign) },
  };
}
