/** Dilated convolutions, and comparisons of their gradients with the definition. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { compare, describeComparison, integers, stream } from '../../../../src/validator/index.js';
import { type DilatedCase, dilatedOracle } from '../../../support/dilatedOracle.js';
import { tf } from '../../../support/setup.js';

export const cases: Readonly<Record<string, DilatedCase>> = {
  'conv2d 3x3, same, dilation 2': {
    ...{ kernel: 'conv2d', x: [2, 7, 6, 3], filter: [3, 3, 3, 5] },
    ...{ strides: 1, pad: 'same', dilations: [2, 2] },
  },
  'conv2d 2x3, valid, dilations 3 and 1': {
    ...{ kernel: 'conv2d', x: [1, 8, 9, 5], filter: [2, 3, 5, 2] },
    ...{ strides: 1, pad: 'valid', dilations: [3, 1] },
  },
  'conv2d 3x2, padded by a number, dilations 2 and 3': {
    ...{ kernel: 'conv2d', x: [1, 6, 8, 2], filter: [3, 2, 2, 3] },
    ...{ strides: 1, pad: 2, dilations: [2, 3] },
  },
  'conv2d 2x2, padded beyond the filter, dilation 2': {
    ...{ kernel: 'conv2d', x: [1, 5, 4, 2], filter: [2, 2, 2, 2], strides: 1, dilations: [2, 2] },
    pad: [
      [0, 0],
      [3, 1],
      [0, 4],
      [0, 0],
    ],
  },
  'conv2d 3x3, NCHW, same, dilation 2': {
    ...{ kernel: 'conv2d', x: [2, 3, 6, 5], filter: [3, 3, 3, 4], dataFormat: 'NCHW' },
    ...{ strides: 1, pad: 'same', dilations: [2, 2] },
  },
  'depthwiseConv2d 3x3, same, dilation 2': {
    ...{ kernel: 'depthwiseConv2d', x: [2, 6, 7, 5], filter: [3, 3, 5, 1] },
    ...{ strides: 1, pad: 'same', dilations: [2, 2] },
  },
  'depthwiseConv2d 2x3, valid, multiplier 2, dilations 1 and 3': {
    ...{ kernel: 'depthwiseConv2d', x: [1, 5, 9, 3], filter: [2, 3, 3, 2] },
    ...{ strides: 1, pad: 'valid', dilations: [1, 3] },
  },
};

export const whole = (name: string, shape: readonly number[]) =>
  integers(stream(1, name), tf.util.sizeFromShape([...shape]), 4);

/** Way to compute a convolution: as an op, or fused. */
export type Convolve = (c: DilatedCase, x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;

export const plain: Convolve = ({ kernel, ...c }, x, filter) =>
  kernel === 'conv2d'
    ? tf.conv2d(
        x,
        filter,
        c.strides as number,
        c.pad,
        c.dataFormat,
        c.dilations as [number, number],
      )
    : tf.depthwiseConv2d(
        x,
        filter,
        c.strides as number,
        c.pad,
        'NHWC',
        c.dilations as [number, number],
      );

/**
 * Expects the gradients of the definition, on the active backend: whole numbers, and exact.
 * @param offset distance from them at most, for a backend that adds something to its sums
 */
export function expectDefinition(c: DilatedCase, convolve: Convolve, offset = 0): void {
  const [x, filter] = [whole('x', c.x), whole('filter', c.filter)];
  tf.tidy(() => {
    const inputs = [tf.tensor4d(x, [...c.x]), tf.tensor4d(filter, [...c.filter])];
    const op = (a: tf.Tensor, b: tf.Tensor) => convolve(c, a as tf.Tensor4D, b as tf.Tensor4D);
    const { shape } = op(inputs[0], inputs[1]);
    const dy = whole('dy', shape);
    const { dx, dw } = dilatedOracle(c, x, filter, dy);
    const [ofX, ofFilter] = tf.grads(op)(inputs, tf.tensor(dy, shape));
    expect(ofX.shape).to.deep.equal([...c.x]);
    expect(ofFilter.shape).to.deep.equal([...c.filter]);
    const agree = (found: tf.Tensor, values: Float64Array, what: string) => {
      const bounds = new Float64Array(values.length).fill(offset);
      const { shape } = found;
      const result = compare({ shape, values: found.dataSync() }, { shape, values, bounds });
      expect(result.ok, `${what}: ${describeComparison(result)}`).to.equal(true);
    };
    agree(ofX, dx, 'to x');
    agree(ofFilter, dw, 'to the filter');
  });
}

/** Runs `body` on a backend; checks that it leaves no tensor. */
export async function withoutLeak(backend: string, body: () => void): Promise<void> {
  await tf.setBackend(backend);
  const { numTensors, numDataBuffers } = tf.memory();
  body();
  const after = tf.memory();
  expect([after.numTensors, after.numDataBuffers]).to.deep.equal([numTensors, numDataBuffers]);
}

/** Convolves by the fused ops, which have no activation here. */
export const fused: Convolve = ({ kernel, ...c }, x, filter) => {
  const given = {
    ...{ x, filter, strides: c.strides as number, pad: c.pad as 'same' },
    dilations: c.dilations as [number, number],
  };
  return kernel === 'conv2d' ? tf.fused.conv2d(given) : tf.fused.depthwiseConv2d(given);
};

export const activations = ['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

/** Expects the gradients of a fused depthwise convolution to be those of the ops one by one. */
export function expectOpsOneByOne(activation: (typeof activations)[number]): void {
  tf.tidy(() => {
    const slope = tf.tensor1d([0.5, 0.25]);
    const x = tf.tensor4d(whole('x', [1, 5, 4, 2]), [1, 5, 4, 2]);
    const filter = tf.tensor4d(whole('filter', [3, 3, 2, 1]), [3, 3, 2, 1]);
    const ops = {
      ...{ relu: tf.relu, relu6: tf.relu6, elu: tf.elu, sigmoid: tf.sigmoid },
      leakyrelu: (y: tf.Tensor) => tf.leakyRelu(y, 0.5),
      prelu: (y: tf.Tensor) => tf.prelu(y, slope),
    };
    for (const dilations of [1, 2]) {
      const op = (t: tf.Tensor, w: tf.Tensor) =>
        tf.fused.depthwiseConv2d({
          ...{ x: t as tf.Tensor4D, filter: w as tf.Tensor4D, strides: 1, pad: 'same', dilations },
          ...{ activation, leakyreluAlpha: 0.5, preluActivationWeights: slope },
        });
      const apart = (t: tf.Tensor, w: tf.Tensor) =>
        ops[activation](
          tf.depthwiseConv2d(t as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', dilations),
        );
      const [own, wanted] = [op, apart].map((f) =>
        tf
          .grads(f)([x, filter])
          .map((t) => [...t.dataSync()]),
      );
      expect(own).to.deep.equal(wanted);
    }
  });
}
