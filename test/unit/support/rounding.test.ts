/** Tests of the bounds that other tests allow: they hold for float32, and are not far above it. */
import { expect } from 'chai';
import { fractions, stream, UNIT } from '../../../src/validator/index.js';
import {
  type Bounded,
  exactly,
  expectEqual,
  expectWithin,
  exponential,
  inverseSqrt,
  meanOfExact,
  product,
  quotient,
  softmax,
  sum,
  swish,
  tanh,
} from '../../support/rounding.js';

const f = Math.fround;

/** Each bound, and the operation as a float32 engine that rounds to nearest computes it. */
const operations: Record<
  string,
  [(x: number, y: number) => Bounded, (x: number, y: number) => number]
> = {
  sum: [(x, y) => sum(exactly(x), exactly(y)), (x, y) => f(x + y)],
  product: [(x, y) => product(exactly(x), exactly(y)), (x, y) => f(x * y)],
  quotient: [(x, y) => quotient(exactly(x), exactly(y)), (x, y) => f(x / y)],
  'product of a product': [
    (x, y) => product(product(exactly(x), exactly(y)), exactly(y)),
    (x, y) => f(f(x * y) * y),
  ],
  'inverse square root of a square': [
    (x) => inverseSqrt(product(exactly(x), exactly(x))),
    (x) => f(1 / Math.sqrt(f(x * x))),
  ],
  'exponential of a sum': [
    (x, y) => exponential(sum(exactly(x), exactly(y))),
    (x, y) => f(Math.exp(f(x + y))),
  ],
  swish: [(x) => swish(exactly(x)), (x) => f(x * f(1 / f(1 + f(Math.exp(-x)))))],
  tanh: [
    (x) => tanh(x),
    (x) => {
      const e = f(Math.exp(-2 * Math.abs(x)));
      return Math.sign(x) * f(f(1 - e) / f(1 + e));
    },
  ],
  'softmax of two': [
    (x, y) => softmax([exactly(x), exactly(y)])[0],
    (x, y) => {
      const [a, b] = [x, y].map((v) => f(Math.exp(f(v - Math.max(x, y)))));
      return f(a / f(a + b));
    },
  ],
};

describe('a bound on rounding', () => {
  for (const [name, [bounded, computed]] of Object.entries(operations)) {
    it(`holds for float32, and lies within some twenty roundings: ${name}`, () => {
      const [xs, ys] = ['x', 'y'].map((part) => fractions(stream(1, part), 500));
      const truth = Array.from(xs, (x, i) => bounded(x, ys[i]));
      expectWithin(
        Array.from(xs, (x, i) => computed(x, ys[i])),
        truth,
      );
      for (const { value, bound } of truth) {
        const size = name === 'sum' ? 2 : Math.max(Math.abs(value), name === 'tanh' ? 1 : 0);
        expect(bound).to.be.at.most(20 * 2 * UNIT * size);
      }
    });
  }

  it('is zero where a float32 holds the exact result of exact operands', () => {
    const [a, b] = [exactly(3 / 8), exactly(-5)];
    expect([sum(a, b), product(a, b)]).to.deep.equal([exactly(-37 / 8), exactly(-15 / 8)]);
    expect(product(exactly(f(0.1)), exactly(f(0.1))).bound).to.be.above(0);
    expect(sum({ value: 1, bound: UNIT }, exactly(1)).bound).to.be.above(UNIT);
  });

  it('of a mean holds for one division, and for the sum of quotients that stock computes', () => {
    const values = Float32Array.from({ length: 30 }, (_, i) => ((i * 7) % 31) - 11);
    const total = values.reduce((a, b) => a + b);
    const quotients = values.map((value) => value / 30);
    const stock = f(Array.from(quotients).reduce((a, b) => a + b));
    expectWithin([f(total / 30), stock], [meanOfExact(values), meanOfExact(values)]);
  });

  it('is enforced: values beyond it, NaN and infinities are refused', () => {
    const one: Bounded = { value: 1, bound: 2 ** -20 };
    for (const wrong of [1 + 2 ** -19, Number.NaN, Infinity]) {
      expect(() => expectWithin([wrong], [one]), `${wrong}`).to.throw(
        /^values: 1 of 1 values are off/,
      );
    }
    expect(() => expectWithin([1, 1], [one])).to.throw(/shape/);
    expectEqual([-0, Number.NaN], [0, Number.NaN]);
    expect(() => expectEqual([1 + 2 ** -23], [1])).to.throw(/1 of 1 values are off/);
  });
});
