/** The validator's definitions beside the references of the element-wise kernels, which it does not import. */
import { expect } from 'chai';
import { binaryRows } from '../../../../../kernels/elementwise/binary.js';
import { unaryRows } from '../../../../../kernels/elementwise/unary.js';
import {
  caseId,
  type KernelCase,
  kernelTable,
  reference,
} from '../../../../../src/validator/index.js';

const SAMPLES = [
  -Infinity,
  -20,
  -3,
  -2.5,
  -1,
  -0.75,
  -0.5,
  0,
  0.25,
  0.5,
  1,
  1.5,
  2,
  3,
  7.25,
  20,
  Infinity,
  NaN,
];
const BOOLEANS = [0, 1];
const ATTRIBUTES: Readonly<Record<string, readonly number[]>> = {
  ClipByValue: [-0.5, 2],
  LeakyRelu: [0.25],
  Step: [0.5],
};

/** Error of the formula by which one of the references computes erf. */
const ERF_ERROR = 1.5e-7;

/** Returns the name of the validator's row of a tfjs kernel. */
function nameOf(kernel: string): string | undefined {
  const isElementwise = (family: string) =>
    ['unary', 'binary', 'compare', 'logical'].includes(family);
  return Object.keys(kernelTable).find(
    (name) => kernelTable[name].kernel === kernel && isElementwise(kernelTable[name].family),
  );
}

const vector = (values: readonly number[]) => ({
  shape: [values.length],
  values: Float32Array.from(values),
});

/** Expects that both references give the same values. */
function expectSame(c: KernelCase, found: ArrayLike<number>, expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) {
    const told = `${caseId(c)} at ${i}: ${found[i]} and ${value}`;
    if (!Number.isFinite(value)) expect(Object.is(found[i], value), told).to.equal(true);
    else
      expect(Math.abs(found[i] - value), told).to.be.at.most(ERF_ERROR + 1e-12 * Math.abs(value));
  }
}

describe('definitions of element-wise kernels', () => {
  for (const [name, row] of Object.entries(unaryRows)) {
    it(`of one tensor agree with the kernels' own: ${name}`, () => {
      const kernel = nameOf(row.kernel);
      expect(kernel, row.kernel).to.not.equal(undefined);
      const args = ATTRIBUTES[row.kernel] ?? [];
      const samples = 'takes' in row && row.takes === 'bool' ? BOOLEANS : SAMPLES;
      const c: KernelCase = { kernel: kernel!, in: [samples.length], args, seed: 1 };
      const { values } = reference(c, { x: vector(samples) });
      const own = row.reference as (x: number, ...attributes: readonly number[]) => number;
      const expected = samples.map((x) => own(x, ...args));
      expectSame(c, values, expected);
    });
  }

  for (const [name, row] of Object.entries(binaryRows)) {
    it(`of two tensors agree with the kernels' own: ${name}`, () => {
      const kernel = nameOf(row.kernel);
      expect(kernel, row.kernel).to.not.equal(undefined);
      const samples = 'takes' in row && row.takes === 'bool' ? BOOLEANS : SAMPLES;
      const pairs = samples.flatMap((a) => samples.map((b) => [a, b] as const));
      const shape = [pairs.length];
      const c: KernelCase = { kernel: kernel!, in: shape, b: shape, seed: 1 };
      const [a, b] = [0, 1].map((i) => vector(pairs.map((pair) => pair[i])));
      const { values, isFree } = reference(c, { a, b });
      const own = row.reference as (a: number, b: number) => number;
      const expected = pairs.map(([x, y], i) => (isFree![i] ? values[i] : own(x, y)));
      expectSame(c, values, expected);
    });
  }
});
