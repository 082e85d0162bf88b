/** Tests of the definitions of gradients, by differences of the kernels' own definitions. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import {
  caseId,
  caseInputs,
  type KernelCase,
  type KernelInputs,
  kernelGrid,
  kernelTable,
  parseCaseId,
  validate,
} from '../../../../../src/validator/index.js';

const EPSILON = 2 ** -10;

/** Computes batch norm by its formula, because the table has its gradient alone. */
function batchNorm({ x, mean, variance, scale, offset }: KernelInputs): number[] {
  const channels = mean.values.length;
  return Array.from(x.values, (value, i) => {
    const d = i % channels;
    const inverse = 1 / Math.sqrt(variance.values[d] + EPSILON);
    return (value - mean.values[d]) * inverse * scale.values[d] + offset.values[d];
  });
}

/** Returns sum(dy * op(inputs)) in float64. */
function total(c: KernelCase, inputs: KernelInputs): number {
  const forward = c.kernel.replace(/Grad$/, '');
  const { wrt: _, ...own } = { ...c, kernel: forward };
  const y =
    forward === 'batchNorm'
      ? batchNorm(inputs)
      : kernelTable[forward].define(own, inputs).elements.map(({ value }) => value);
  return y.reduce((sum, value, i) => sum + value * inputs.dy.values[i], 0);
}

/** Half of the distance between two values, small enough that no other value becomes the largest. */
const STEP = 2 ** -20;

/** Relative error of differences: the third derivative times the square of the step, and rounding. */
const CLOSE = 1e-6;

/** Number of values of a gradient that are tested. */
const SAMPLES = 11;

const isGradient = ({ kernel }: KernelCase) => kernelTable[kernel].family === 'gradient';

describe('definitions of gradients', () => {
  const cases = kernelGrid().filter((c) => isGradient(c) && c.from === undefined);

  it('are of every kernel that has one', () => {
    expect(new Set(cases.map(({ kernel }) => kernel)).size).to.equal(7);
  });

  for (const c of cases) {
    it(`agree with differences: ${caseId(c)}`, () => {
      const inputs = caseInputs(c) as KernelInputs;
      const name = c.wrt ?? 'x';
      const own = inputs[name];
      const { shape, elements } = kernelTable[c.kernel].define(c, inputs);
      expect(shape).to.deep.equal(own.shape);
      const at = (i: number, change: number) => {
        // A step is too small for float32.
        const values = Float64Array.from(own.values) as ArrayLike<number> as Float32Array;
        values[i] += change;
        return total(c, { ...inputs, [name]: { ...own, values } });
      };
      const every = Math.ceil(elements.length / SAMPLES);
      for (let i = 0; i < elements.length; i += every) {
        const { value, bound } = elements[i];
        if (bound === Number.POSITIVE_INFINITY) continue;
        const difference = (at(i, STEP) - at(i, -STEP)) / (2 * STEP);
        expect(value, `value ${i}`).to.be.closeTo(difference, CLOSE * Math.max(1, Math.abs(value)));
      }
    });
  }

  it('leave gradients of equal largest values open', () => {
    const c = parseCaseId('maxPoolGrad:in=1x1x3x1;f=1x2;stride=1;pad=valid;seed=1') as KernelCase;
    const numbers = (shape: number[], values: number[]) => ({ shape, values });
    const { elements } = kernelTable.maxPoolGrad.define(c, {
      x: numbers([1, 1, 3, 1], [1, 1, 0]),
      dy: numbers([1, 1, 2, 1], [2, 3]),
    } as never);
    expect(elements.map(({ bound }) => bound)).to.deep.equal([Infinity, Infinity, 0]);
  });
});

describe('the gradient of depthToSpace, which tfjs lacks', () => {
  it('is right on every backend beside ours', async () => {
    await tf.setBackend('cpu');
    const cases = [parseCaseId('depthToSpaceGrad:in=1x1x1x4;block=2;seed=1')];
    const [{ verdict, message }] = await validate({ backend: 'cpu', reference: ['cpu'], cases });
    expect(verdict, message).to.equal('pass');
  });
});
