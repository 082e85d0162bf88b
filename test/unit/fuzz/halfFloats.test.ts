/** Tests of the bounds for a backend that stores half floats. */
import { expect } from 'chai';
import {
  type Bounded,
  type ConvCase,
  compare,
  HALF_MOST,
  type Numbers,
  type Reference,
  toHalf,
} from '../../../src/validator/index.js';
import { chainOf, type Stage } from '../../fuzz/chain.js';
import type { FuzzCase } from '../../fuzz/fuzzCase.js';
import { doubtsOf, halfTruth, storingIn, wholeError } from '../../fuzz/halfFloats.js';
import { linkNames } from '../../fuzz/links.js';

const conv: ConvCase = {
  kernel: 'conv2d',
  in: [1, 4, 5, 6],
  filter: [3, 3, 6, 4],
  stride: [1, 1],
  pad: 'same',
  dilation: [1, 1],
  format: 'NHWC',
  seed: 7,
};

/** Returns what a backend answers at a stage that computes without an error and rounds. */
function stored(stage: Stage, y: Numbers | null): Numbers {
  const { shape, values } = stage.truth(y);
  return { shape, values: Float32Array.from(values, toHalf) };
}

const caseOf = (c: Partial<FuzzCase>): FuzzCase => ({
  conv,
  links: [],
  keeps: true,
  read: 'dataSync',
  runs: 1,
  ...c,
});

describe('the bounds of stages that store half floats', () => {
  for (const op of linkNames) {
    it(`allow rounding before and after ${op}, and refuse what is off by a hundredth`, () => {
      const [first, second] = chainOf(caseOf({ links: [{ op }] }), 'half').stages;
      const y = stored(first, null);
      const truth = second.truth(y);
      expect(compare(stored(second, y), truth).ok).to.equal(true);
      // The next half float, which a fused program may have computed with.
      const other = { ...y, values: y.values.map((value) => value * (1 + 2 ** -10)) };
      expect(compare(stored(second, other), truth).ok).to.equal(true);
      const off = stored(second, y);
      const at = off.values.findIndex((value) => Math.abs(value) > 0.3);
      off.values[at] *= 1.01;
      expect(compare(off, truth).ok).to.equal(false);
    });
  }

  it('are zero for whole numbers that half floats have', () => {
    const whole = { ...conv, filter: [1, 1, 6, 4], data: 'int' } as const;
    const links = linkNames.filter((op) => op !== 'sigmoid' && op !== 'leaky');
    for (const op of links) {
      const { stages, mustKeep } = chainOf(caseOf({ conv: whole, links: [{ op }] }), 'half');
      expect(mustKeep).to.equal(false);
      const y = stored(stages[0], null);
      // A GPU may flush what is below the smallest normal number, but no whole number is.
      expect(Math.max(...stages[1].truth(y).bounds), op).to.be.below(1e-37);
    }
  });

  it('need every answer that whole numbers beyond 11 bits led to', () => {
    const deep = { ...conv, in: [1, 4, 5, 90], filter: [3, 3, 90, 4], data: 'int' } as const;
    const c = caseOf({ conv: deep, links: [{ op: 'relu' }] });
    expect(chainOf(c, 'float32').mustKeep).to.equal(false);
    expect(chainOf(c, 'half').mustKeep).to.equal(true);
  });
});

describe('values that devices store as they like', () => {
  const relu = ({ shape, values }: Numbers): Reference => {
    const storing = storingIn('half', false);
    const all = [...values].map((v): Bounded => {
      return storing((x) => ({ value: Math.max(0, x), bound: 0 }), v);
    });
    return {
      shape,
      values: Float64Array.from(all, ({ value }) => value),
      bounds: Float64Array.from(all, ({ bound }) => bound),
    };
  };
  const y = (...values: number[]): Numbers => ({
    shape: [values.length],
    values: Float32Array.from(values),
  });

  it('are NaN as well as Infinity, and free beyond the largest half float', () => {
    const truth = halfTruth(relu, y(1, Number.POSITIVE_INFINITY, 1e6, HALF_MOST, -1e6), undefined);
    expect(truth.orNaN).to.deep.equal(Uint8Array.of(0, 1, 0, 0, 0));
    expect(truth.isFree).to.deep.equal(Uint8Array.of(0, 0, 1, 1, 1));
  });

  it('leave results in doubt', () => {
    const over = halfTruth(relu, y(1, 1e6, Number.NEGATIVE_INFINITY), undefined);
    const doubts = doubtsOf(over, [1, 65504, Number.NaN]);
    expect(doubts).to.deep.equal(Uint8Array.of(0, 1, 1));
    const next = halfTruth(relu, y(1, 65504, Number.NaN), doubts);
    expect(next.isFree).to.deep.equal(Uint8Array.of(0, 1, 1));
    expect(doubtsOf(relu(y(1)), [1])).to.equal(undefined);
  });

  it('are none of the whole numbers up to 11 bits', () => {
    expect(wholeError('half', 2048)).to.equal(0);
    expect(wholeError('half', 2049)).to.be.within(2, 8);
    expect(wholeError('half', 1, 4000)).to.be.above(2);
    expect(wholeError('float32', 1e6, 1e9)).to.equal(0);
  });
});
