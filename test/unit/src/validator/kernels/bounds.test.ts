/** Tests of the bounds of kernels: wide enough for float32 and for devices, and no wider. */
import { expect } from 'chai';
import {
  type Bounded,
  compare,
  fractions,
  type KernelCase,
  parseCaseId,
  reference,
  stream,
  UNIT,
} from '../../../../../src/validator/index.js';
import {
  exactly,
  exponential,
  logarithm,
  minus,
  over,
  plus,
  productOf,
  root,
  rounded,
  sumOf,
  times,
} from '../../../../../src/validator/kernels/bounded.js';
import { functions } from '../../../../../src/validator/kernels/functions.js';

const { fround } = Math;
const values = fractions(stream(1, 'x'), 200).map((value) => value * 4);

/** Expects that a float32 result lies within its bound, and that the bound is not far off. */
function expectClose(actual: number, { value, bound }: Bounded, units: number): void {
  expect(Math.abs(actual - value)).to.be.at.most(bound);
  expect(bound).to.be.at.most(units * UNIT * Math.abs(value) + 1e-30);
}

describe('running error analysis', () => {
  it('bounds one operation by one unit in the last place', () => {
    for (const [i, x] of values.entries()) {
      const [a, b] = [exactly(x), exactly(values[(i * 7 + 3) % values.length])];
      expectClose(fround(a.value + b.value), plus(a, b), 2);
      expectClose(fround(a.value - b.value), minus(a, b), 2);
      expectClose(fround(a.value * b.value), times(a, b), 2);
      expectClose(fround(a.value / b.value), over(a, b), 5);
    }
  });

  it('bounds chains of float32 operations', () => {
    for (const x of values) {
      const size = fround(Math.abs(x) + 1);
      const steps = fround(fround(fround(size * size) + 3) / size);
      const a = exactly(size);
      expectClose(steps, over(plus(times(a, a), exactly(3)), a), 16);
      expectClose(fround(Math.sqrt(fround(size * 3))), root(times(a, exactly(3))), 16);
      const e = fround(Math.exp(fround(x * 1.7)));
      const power = exponential(times(exactly(x), exactly(1.7)));
      expect(Math.abs(e - power.value)).to.be.at.most(power.bound);
      const log = logarithm(power);
      expect(Math.abs(fround(Math.log(e)) - log.value)).to.be.at.most(log.bound);
    }
  });

  it('bounds sums and products in any order', () => {
    let sum = 0;
    let product = 1;
    for (const x of values) {
      sum = fround(sum + x);
      product = fround(product * fround(1 + x / 100));
    }
    const bounded = sumOf([...values].map(exactly));
    expect(Math.abs(sum - bounded.value)).to.be.at.most(bounded.bound);
    expect(bounded.bound).to.be.below(2e-2);
    const factors = [...values].map((x) => exactly(fround(1 + x / 100)));
    const whole = productOf(factors);
    expect(Math.abs(product - whole.value)).to.be.at.most(whole.bound);
    expect(whole.bound / Math.abs(whole.value)).to.be.below(2 * 200 * UNIT * 1.01);
  });

  it('has no bound where an operand may be zero or negative', () => {
    const near = { value: 1e-8, bound: 1e-7 };
    expect(over(exactly(1), near).bound).to.equal(Number.POSITIVE_INFINITY);
    expect(logarithm(near).bound).to.equal(Number.POSITIVE_INFINITY);
    expect(rounded(Number.NEGATIVE_INFINITY, 3).bound).to.equal(0);
  });
});

describe('bounds of functions', () => {
  it('hold for results that are rounded once', () => {
    for (const [name, f] of Object.entries(functions)) {
      for (const x of values) {
        const { value, bound } = f(x, -0.5, 0.25);
        if (!Number.isFinite(value)) continue;
        expect(Math.abs(fround(value) - value), `${name}(${x})`).to.be.at.most(bound);
        expect(bound, `${name}(${x})`).to.not.be.NaN;
      }
    }
  });

  it('are none for functions whose results float32 has', () => {
    for (const name of ['abs', 'ceil', 'floor', 'neg', 'relu', 'relu6', 'round', 'sign'] as const) {
      for (const x of values) expect(functions[name](x)).to.have.property('bound', 0);
    }
  });

  it('know float32: infinity of what is too large, anything at its edge, zero below 2^-126', () => {
    const c = parseCaseId('mul:in=4;b=4;seed=1') as KernelCase;
    const at = (a: number[], b: number[]) => ({
      a: { shape: [4], values: Float32Array.from(a) },
      b: { shape: [4], values: Float32Array.from(b) },
    });
    const truth = reference(c, at([1e30, -1e30, 2 ** 127, 2 ** -100], [1e30, 1e30, 2, 2 ** -40]));
    expect([...truth.values.slice(0, 2)]).to.deep.equal([Infinity, -Infinity]);
    expect([...truth.isFree!]).to.deep.equal([0, 0, 1, 0]);
    const answer = [Infinity, -Infinity, 3e38, 0];
    expect(compare({ shape: [4], values: answer }, truth).ok).to.equal(true);
    expect(compare({ shape: [4], values: [...answer.slice(0, 3), 1e-37] }, truth).ok).to.equal(
      false,
    );
  });

  it('let a device flush inputs to zero, and no others', () => {
    const c = parseCaseId('sqrt:in=2;seed=1') as KernelCase;
    const truth = reference(c, { x: { shape: [2], values: Float32Array.of(1e-39, 1e-36) } });
    const root = Math.sqrt(fround(1e-39));
    const right = [root, 1e-18];
    expect(compare({ shape: [2], values: right }, truth).ok).to.equal(true);
    expect(compare({ shape: [2], values: [0, 1e-18] }, truth).ok).to.equal(true);
    expect(compare({ shape: [2], values: [root, 0] }, truth).ok).to.equal(false);
    const relu = parseCaseId('relu:in=2;seed=1') as KernelCase;
    const kept = reference(relu, { x: { shape: [2], values: Float32Array.of(-1e-39, -1e-36) } });
    expect(compare({ shape: [2], values: [fround(-1e-39), 0] }, kept).ok).to.equal(true);
    expect(compare({ shape: [2], values: [0, fround(-1e-36)] }, kept).ok).to.equal(false);
  });
});
