/** Tests of the bound for backends that store half floats. */
import { expect } from 'chai';
import {
  type ConvCase,
  caseInputs,
  compare,
  coreGrid,
  HALF_MOST,
  HALF_UNIT,
  type Numbers,
  reference,
  toHalf,
} from '../../../../src/validator/index.js';

/** Returns the value of a half float by its bits, for a finite one that is not negative. */
function halfOf(bits: number): number {
  const [exponent, mantissa] = [bits >> 10, bits & 1023];
  return exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
}

const FINITE = 0x7c00;

describe('the nearest half float', () => {
  it('is the number itself if that is a half float', () => {
    for (let bits = 0; bits < FINITE; bits++) {
      const value = halfOf(bits);
      expect(toHalf(value)).to.equal(value);
      expect(toHalf(-value)).to.equal(-value);
    }
    expect(halfOf(FINITE - 1)).to.equal(HALF_MOST);
  });

  it('is the nearer of two, and the even one in the middle', () => {
    for (let bits = 0; bits + 1 < FINITE; bits++) {
      const [low, high] = [halfOf(bits), halfOf(bits + 1)];
      const even = bits % 2 === 0 ? low : high;
      expect(toHalf((low + high) / 2), `${bits}`).to.equal(even);
      expect(toHalf(low + 0.25 * (high - low))).to.equal(low);
      expect(toHalf(low + 0.75 * (high - low))).to.equal(high);
    }
  });

  it('is infinite from half a unit beyond the largest, and keeps what is no number', () => {
    expect([65519, 65520, -65520, 1e30].map(toHalf)).to.deep.equal([
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(toHalf(Number.NaN)).to.be.NaN;
    expect(toHalf(Number.NEGATIVE_INFINITY)).to.equal(Number.NEGATIVE_INFINITY);
  });
});

/** Returns what a backend answers that rounds inputs and results, and sums without an error. */
function stored(c: ConvCase, round: (value: number) => number): Numbers {
  const inputs = caseInputs(c);
  const rounded = Object.fromEntries(
    Object.entries(inputs).map(([name, numbers]) => [
      name,
      numbers && { ...numbers, values: (numbers as Numbers).values.map(round) },
    ]),
  ) as unknown as typeof inputs;
  const { values, shape } = reference(c, rounded);
  return { shape, values: Float32Array.from(values, round) };
}

/** Cuts off the digits that a half float has no room for. */
function cutToHalf(value: number): number {
  const near = toHalf(value);
  if (!Number.isFinite(near) || Math.abs(near) <= Math.abs(value)) return near;
  return near * (1 - HALF_UNIT);
}

describe('the bound of a backend that stores half floats', () => {
  const cases = [...coreGrid()].filter(({ data }, i) => i % 13 === 0 && data !== 'huge');

  it('allows the rounding of every stored value, to nearest and towards zero', () => {
    for (const c of cases) {
      const truth = reference(c, caseInputs(c), 'half');
      for (const round of [toHalf, cutToHalf]) {
        const result = compare(stored(c, round), truth);
        expect(result.ok, JSON.stringify(c)).to.equal(true);
      }
    }
  });

  it('refuses a result that is off by a hundredth', () => {
    for (const c of cases) {
      const truth = reference(c, caseInputs(c), 'half');
      const answer = stored(c, toHalf);
      const at = answer.values.findIndex((value) => Number.isFinite(value) && Math.abs(value) > 1);
      if (at < 0) continue;
      const magnitude = Math.abs(answer.values[at]);
      answer.values[at] += Math.max(2 * truth.bounds[at], 0.01 * magnitude);
      expect(compare(answer, truth).ok, JSON.stringify(c)).to.equal(false);
    }
  });

  it('is far below the values, and above the bound of float32', () => {
    const c: ConvCase = { ...cases[1], data: undefined };
    const [half, full] = (['half', 'float32'] as const).map((p) => reference(c, caseInputs(c), p));
    for (const [i, bound] of half.bounds.entries()) {
      expect(bound).to.be.above(full.bounds[i]);
      expect(bound).to.be.below(0.05);
    }
  });

  it('is none beyond the largest half float, where devices store what they like', () => {
    const c: ConvCase = { ...cases[1], data: 'huge' };
    const { isFree, values } = reference(c, caseInputs(c), 'half');
    // Windows that lie in the padding have sums of zero.
    const isBeyond = Uint8Array.from(values, (value) => (Number.isFinite(value) ? 0 : 1));
    expect(isFree).to.deep.equal(isBeyond);
    expect([...isBeyond]).to.include.members([0, 1]);
    expect(reference(c, caseInputs(c)).isFree).to.equal(undefined);
  });

  it('is zero for whole numbers that half floats have', () => {
    const c: ConvCase = { ...cases[1], data: 'int', activation: undefined };
    const { bounds } = reference(c, caseInputs(c), 'half');
    expect(new Set(bounds)).to.deep.equal(new Set([0]));
  });
});
