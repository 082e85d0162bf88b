import { expect } from 'chai';
import {
  boundedActivations,
  type ConvCase,
  compare,
  convolve,
  describeComparison,
  filterGradient,
  fractions,
  inputGradient,
  outputOf,
  type Reference,
  reference,
  stream,
  sumBound,
  UNIT,
  workedExamples,
} from '../../../../src/validator/index.js';

describe('oracle', () => {
  for (const format of ['NHWC', 'NCHW'] as const) {
    for (const example of workedExamples(format)) {
      it(`${example.name}, ${format}`, () => {
        const { x, filter } = example.inputs;
        const y = convolve(example.case, x.values, filter.values);
        expect(y.shape).to.deep.equal(example.shape);
        expect([...y.values]).to.deep.equal(example.values);
      });
    }
  }

  const geometry = {
    in: [1, 1, 1, 1],
    stride: [1, 1],
    pad: 'valid',
    dilation: [1, 1],
    format: 'NHWC',
    kernel: 'conv2d',
  } as const;

  it('gives every depthwise output channel its own filter', () => {
    const g = { ...geometry, kernel: 'depthwiseConv2d', in: [1, 1, 2, 2] } as const;
    // Pixels (1, 10) and (2, 20); taps [column][channel][multiplier].
    const y = convolve({ ...g, filter: [1, 2, 2, 2] }, [1, 10, 2, 20], [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(y.shape).to.deep.equal([1, 1, 1, 4]);
    expect([...y.values]).to.deep.equal([1 + 10, 2 + 12, 30 + 140, 40 + 160]);
  });

  it('spaces the taps of a dilated filter', () => {
    const g = { ...geometry, in: [1, 1, 5, 1], filter: [1, 2, 1, 1], dilation: [1, 3] } as const;
    expect([...convolve(g, [1, 2, 3, 4, 5], [1, 100]).values]).to.deep.equal([401, 502]);
  });

  it('pads four sides by four different widths', () => {
    const g = { ...geometry, filter: [1, 1, 1, 1], pad: [1, 2, 0, 3] } as const;
    const y = convolve(g, [7], [1]);
    expect(y.shape).to.deep.equal([1, 4, 4, 1]);
    expect([...y.values].indexOf(7)).to.equal(4);
  });

  it('returns the sum of |x * w| and the number of products', () => {
    const g = { ...geometry, in: [1, 1, 2, 2], filter: [1, 2, 2, 1] } as const;
    const y = convolve(g, [1, -2, 3, -4], [1, 1, 1, -1]);
    expect(y.values[0]).to.equal(1 - 2 + 3 + 4);
    expect(y.magnitudes[0]).to.equal(10);
    expect(y.terms).to.equal(4);
  });

  it('skips padding at an infinite weight, and accepts NaN there as well', () => {
    const g = { ...geometry, filter: [1, 3, 1, 2], pad: 'same' } as const;
    const y = convolve(g, [2], [Infinity, 1, 3, 1, Infinity, 1]);
    expect([...y.values]).to.deep.equal([6, 2]);
    expect([...y.orNaN!]).to.deep.equal([1, 0]);
    const inside = convolve({ ...g, in: [1, 1, 3, 1] }, [2, 1, 1], [Infinity, 1, 3, 1, 1, 1]);
    expect([...inside.orNaN!]).to.deep.equal([1, 0, 0, 0, 0, 0]);
    expect(inside.values[2]).to.equal(Infinity);
  });
});

describe('gradient oracles', () => {
  const g = {
    kernel: 'conv2dTranspose',
    in: [1, 1, 4, 1],
    filter: [1, 2, 1, 1],
    stride: [1, 2],
    pad: 'valid',
    dilation: [1, 1],
    format: 'NHWC',
  } as const;

  it('spread each value of dy over the taps of its window', () => {
    const dx = inputGradient(g, [3, 5], [10, 100]);
    expect(dx.shape).to.deep.equal([1, 1, 4, 1]);
    expect([...dx.values]).to.deep.equal([30, 300, 50, 500]);
    const overlapping = inputGradient(
      { ...g, in: [1, 1, 3, 1], stride: [1, 1] },
      [3, 5],
      [10, 100],
    );
    expect([...overlapping.values]).to.deep.equal([30, 350, 500]);
  });

  it('leave out what falls into the padding, and give 0 where no window reaches', () => {
    const padded = { ...g, in: [1, 1, 2, 1], stride: [1, 1], pad: [0, 0, 1, 0] } as const;
    expect([...inputGradient(padded, [3, 5], [10, 100]).values]).to.deep.equal([350, 500]);
    const beyond = { ...g, in: [1, 1, 5, 1] } as const;
    expect([...inputGradient(beyond, [3, 5], [10, 100]).values]).to.deep.equal([
      30, 300, 50, 500, 0,
    ]);
  });

  it('multiply each tap by the inputs that it met', () => {
    const dw = filterGradient(g, [1, 2, 3, 4], [10, 100]);
    expect(dw.shape).to.deep.equal([1, 2, 1, 1]);
    expect([...dw.values]).to.deep.equal([310, 420]);
    const padded = { ...g, in: [1, 1, 2, 1], stride: [1, 1], pad: [0, 0, 1, 0] } as const;
    expect([...filterGradient(padded, [1, 2], [10, 100]).values]).to.deep.equal([100, 210]);
  });

  it('keep channels apart in either format', () => {
    const two = { ...g, in: [1, 1, 1, 2], filter: [1, 1, 2, 3], stride: [1, 1] } as const;
    for (const format of ['NHWC', 'NCHW'] as const) {
      const as = { ...two, format };
      const dx = inputGradient(as, [1, 10, 100], [1, 2, 3, 4, 5, 6]);
      expect([...dx.values]).to.deep.equal([321, 654]);
      const dw = filterGradient(as, [2, 3], [1, 10, 100]);
      expect([...dw.values]).to.deep.equal([2, 20, 200, 3, 30, 300]);
    }
  });

  it('give every depthwise output channel its own filter', () => {
    const two = { ...g, kernel: 'depthwiseConv2dGradInput', stride: [1, 1] } as const;
    const own = { ...two, in: [1, 1, 1, 2], filter: [1, 1, 2, 2] } as const;
    const dx = inputGradient(own, [1, 10, 100, 1000], [1, 2, 3, 4]);
    expect([...dx.values]).to.deep.equal([21, 4300]);
    expect(dx.terms).to.equal(2);
    const dw = filterGradient(own, [2, 3], [1, 10, 100, 1000]);
    expect([...dw.values]).to.deep.equal([2, 20, 300, 3000]);
  });

  it('count the terms and their magnitude', () => {
    const wide = { ...g, in: [2, 1, 4, 3], filter: [1, 2, 3, 5] } as const;
    const dx = inputGradient(wide, new Float32Array(20).fill(-1), new Float32Array(30).fill(2));
    expect(dx.terms).to.equal(1 * 2 * 5);
    expect([dx.values[0], dx.magnitudes[0]]).to.deep.equal([-10, 10]);
    expect(filterGradient(wide, new Float32Array(24), new Float32Array(20)).terms).to.equal(2 * 2);
  });

  it('are the transposes of the convolution: <dy, conv(x, w)> = <dx, x> = <dw, w>', () => {
    const draw = (name: string, count: number) => fractions(stream(7, name), count);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
    for (const format of ['NHWC', 'NCHW'] as const) {
      for (const pad of ['same', 'valid', [1, 2, 0, 3]] as const) {
        const any = {
          ...g,
          in: [2, 6, 7, 3],
          filter: [3, 2, 3, 4],
          stride: [2, 1],
          pad,
          format,
        } as const;
        const x = draw('x', 2 * 6 * 7 * 3);
        const w = draw('w', 3 * 2 * 3 * 4);
        const y = convolve({ ...any, kernel: 'conv2d' }, x, w);
        const dy = draw('dy', y.values.length);
        const expected = dot(dy, y.values);
        expect(dot(inputGradient(any, dy, w).values, x)).to.be.closeTo(expected, 1e-9);
        expect(dot(filterGradient(any, x, dy).values, w)).to.be.closeTo(expected, 1e-9);
        const apart = { ...any, kernel: 'depthwiseConv2d' } as const;
        const sums = convolve(apart, x, w);
        const of = draw('dy of each', sums.values.length);
        const total = dot(of, sums.values);
        expect(dot(inputGradient(apart, of, w).values, x)).to.be.closeTo(total, 1e-9);
        expect(dot(filterGradient(apart, x, of).values, w)).to.be.closeTo(total, 1e-9);
      }
    }
  });
});

describe('output sizes', () => {
  const of = (size: number, filter: number, more: Partial<ConvCase>) =>
    outputOf({
      in: [1, size, size, 1],
      filter: [filter, filter, 1, 1],
      stride: [1, 1],
      pad: 'valid',
      dilation: [1, 1],
      ...more,
    });

  it("follow tfjs's formulas for same and valid", () => {
    expect(of(7, 3, { pad: 'same', stride: [2, 3] })).to.include({
      rows: 4,
      cols: 3,
      top: 1,
      left: 1,
    });
    expect(of(6, 3, { pad: 'same', stride: [2, 2] })).to.include({ rows: 3, top: 0 });
    expect(of(7, 3, { stride: [2, 3] })).to.include({ rows: 3, cols: 2, top: 0, left: 0 });
    expect(of(7, 3, { dilation: [2, 3] })).to.include({ rows: 3, cols: 1 });
  });

  it('round as asked, and truncate by default', () => {
    const pad = [0, 1, 0, 0] as const;
    const rows = (rounding?: ConvCase['rounding']) =>
      of(8, 2, { pad, stride: [4, 4], rounding }).rows;
    // (8 - 2 + 1) / 4 + 1 = 2.75
    expect([rows(), rows('floor'), rows('round'), rows('ceil')]).to.deep.equal([2, 2, 3, 3]);
  });

  it("apply a numeric pad with the filter's height and the stride down on both axes", () => {
    const sizes = outputOf({
      in: [1, 9, 9, 1],
      filter: [3, 1, 1, 1],
      stride: [2, 1],
      pad: 1,
      dilation: [1, 1],
    });
    expect(sizes).to.deep.equal({ rows: 5, cols: 5, top: 1, left: 1 });
  });
});

describe('reference', () => {
  const base: ConvCase = {
    kernel: 'conv2d',
    in: [1, 1, 2, 1],
    filter: [1, 1, 1, 2],
    stride: [1, 1],
    pad: 'valid',
    dilation: [1, 1],
    format: 'NHWC',
    activation: 'linear',
    seed: 1,
  };
  const numbers = (values: number[], shape: number[]) => ({
    values: Float32Array.from(values),
    shape,
  });
  const inputs = {
    x: numbers([1, -2], [1, 1, 2, 1]),
    filter: numbers([1, 10], [1, 1, 1, 2]),
    bias: null,
    prelu: null,
  };

  it('adds a bias along the channels of either format', () => {
    const bias = numbers([100, 200], [2]);
    expect([...reference(base, { ...inputs, bias }).values]).to.deep.equal([101, 210, 98, 180]);
    const first = { ...base, format: 'NCHW' } as const;
    expect([...reference(first, { ...inputs, bias }).values]).to.deep.equal([101, 98, 210, 180]);
  });

  it('repeats a bias along its axes of size 1', () => {
    const bias = numbers([100, 200], [1, 2, 1]);
    expect([...reference(base, { ...inputs, bias }).values]).to.deep.equal([101, 110, 198, 180]);
  });

  it('applies prelu weights to negative sums alone, one by one', () => {
    const prelu = numbers([2, 3], [2]);
    const c = { ...base, activation: 'prelu' } as const;
    expect([...reference(c, { ...inputs, prelu }).values]).to.deep.equal([1, 10, -4, -60]);
  });

  it('demands equality for whole numbers, and allows a bound for fractions', () => {
    expect([...reference({ ...base, data: 'int' }, inputs).bounds]).to.deep.equal([0, 0, 0, 0]);
    const c = { ...base, activation: 'leakyrelu', alpha: 0.3, data: 'int' } as const;
    const bounds = [...reference(c, inputs).bounds];
    expect(bounds.map((bound) => bound > 0)).to.deep.equal([false, false, true, true]);
    expect(Math.max(...reference(base, inputs).bounds)).to.be.closeTo(2 * UNIT * 20, UNIT);
  });
});

describe('tolerance', () => {
  it('grows with the number of terms and their magnitude', () => {
    expect(sumBound(9, 4)).to.be.closeTo(9 * 2 * UNIT * 4, 1e-30);
  });

  it('holds for sums rounded after each term, and is not far above their errors', () => {
    let worst = 0;
    for (let trial = 0; trial < 200; trial++) {
      let rounded = 0;
      let exact = 0;
      let magnitude = 0;
      for (let i = 0; i < 27; i++) {
        const product = Math.sin(trial * 27 + i) * 3;
        rounded = Math.fround(rounded + Math.fround(product));
        exact += product;
        magnitude += Math.abs(product);
      }
      worst = Math.max(worst, Math.abs(rounded - exact) / sumBound(27, magnitude));
    }
    expect(worst).to.be.within(0.005, 1);
  });

  it('widens by the slope of the activation', () => {
    const at = (name: NonNullable<ConvCase['activation']>, value: number, slope = 0) =>
      boundedActivations[name]({ value, bound: 1e-3 }, slope).bound;
    expect(at('linear', 5)).to.equal(1e-3);
    expect(at('relu6', 5)).to.equal(1e-3);
    expect(at('prelu', -5, 7)).to.be.closeTo(7e-3, 1e-4);
    expect(at('leakyrelu', -5, 0.1)).to.be.closeTo(1e-3, 1e-6);
    expect(at('sigmoid', 0)).to.be.closeTo(0.25e-3, 1e-6);
    expect(at('elu', -1)).to.be.closeTo(1e-3, 1e-6);
  });
});

describe('comparison', () => {
  const expected = (values: number[], bound = 0.5): Reference => ({
    shape: [1, 1, 2, values.length / 2],
    values: Float64Array.from(values),
    bounds: new Float64Array(values.length).fill(bound),
  });
  const actual = (values: number[], shape = [1, 1, 2, values.length / 2]) => ({ values, shape });

  it('accepts values within the bound, and says how near they came', () => {
    const result = compare(actual([1, 2.25, 3, 4]), expected([1, 2, 3, 4]));
    expect(result).to.include({ ok: true, bad: 0, worst: 0.5 });
  });

  it('reports the first coordinate beyond the bound in units of the bound', () => {
    const result = compare(actual([1, 2, 5, 9]), expected([1, 2, 3, 4]));
    expect(result).to.include({ ok: false, bad: 2, worst: 10 });
    expect(result.first).to.deep.equal({
      at: [0, 0, 1, 0],
      actual: 5,
      expected: 3,
      bound: 0.5,
      units: 4,
    });
    expect(describeComparison(result)).to.equal(
      '2 of 4 values are off; first at [0,0,1,0]: got 5, expected 3 within 0.5 (4.00 times the bound)',
    );
  });

  const kinds = [NaN, Infinity, -Infinity, 1];
  for (const got of kinds) {
    for (const wanted of kinds) {
      it(`distinguishes ${got} from ${wanted}`, () => {
        const result = compare(actual([got, 0]), expected([wanted, 0]));
        expect(result.ok).to.equal(Object.is(got, wanted));
      });
    }
  }

  it('accepts NaN only where it is as right as the value', () => {
    const either = { ...expected([6, 6]), orNaN: Uint8Array.from([1, 0]) };
    expect(compare(actual([NaN, 6]), either).ok).to.equal(true);
    expect(compare(actual([6, 6]), either).ok).to.equal(true);
    expect(compare(actual([7, 6]), either).ok).to.equal(false);
    expect(compare(actual([6, NaN]), either).ok).to.equal(false);
  });

  it('demands equality for a bound of zero, where 0 equals -0', () => {
    expect(compare(actual([-0, 1]), expected([0, 1], 0)).ok).to.equal(true);
    const result = compare(actual([0, 1 + 2 ** -23]), expected([0, 1], 0));
    expect(result.first?.units).to.equal(Infinity);
  });

  it('does not compare values of different shapes', () => {
    const result = compare(actual([1, 2, 3, 4], [1, 2, 1, 2]), expected([1, 2, 3, 4]));
    expect(result.ok).to.equal(false);
    expect(describeComparison(result)).to.equal('shape [1,2,1,2] of 4 values instead of [1,1,2,2]');
  });
});
