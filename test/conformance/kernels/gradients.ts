/** Convolutions and their gradients, compared with stock's. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import {
  compare,
  describeComparison,
  fractions,
  stream,
  sumBound,
} from '../../../src/validator/index.js';
import { tf } from '../../support/setup.js';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
type Shape = readonly number[];

export interface Differentiable {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly op: Op;
}

const t4 = (t: tf.Tensor) => t as tf.Tensor4D;

export const cases: readonly Differentiable[] = [
  {
    name: 'conv2d 3x3 same',
    shapes: [
      [2, 5, 6, 3],
      [3, 3, 3, 4],
    ],
    op: (x, w) => tf.conv2d(t4(x), t4(w), 1, 'same'),
  },
  {
    name: 'conv2d 2x3 valid, stride 2x1',
    shapes: [
      [1, 7, 8, 5],
      [2, 3, 5, 7],
    ],
    op: (x, w) => tf.conv2d(t4(x), t4(w), [2, 1], 'valid'),
  },
  {
    name: 'conv2d 1x1',
    shapes: [
      [1, 4, 5, 8],
      [1, 1, 8, 6],
    ],
    op: (x, w) => tf.conv2d(t4(x), t4(w), 1, 'valid'),
  },
  {
    name: 'conv2d 3x3 NCHW, pad 1',
    shapes: [
      [1, 3, 6, 5],
      [3, 3, 3, 4],
    ],
    op: (x, w) => tf.conv2d(t4(x), t4(w), 1, 1, 'NCHW'),
  },
  {
    name: 'depthwiseConv2d 3x3 same',
    shapes: [
      [2, 5, 6, 4],
      [3, 3, 4, 1],
    ],
    op: (x, w) => tf.depthwiseConv2d(t4(x), t4(w), 1, 'same'),
  },
  {
    name: 'depthwiseConv2d 3x3 valid, multiplier 2, stride 2',
    shapes: [
      [1, 7, 8, 3],
      [3, 3, 3, 2],
    ],
    op: (x, w) => tf.depthwiseConv2d(t4(x), t4(w), 2, 'valid'),
  },
  {
    name: 'fused.conv2d with bias',
    shapes: [[1, 5, 6, 3], [3, 3, 3, 4], [4]],
    op: (x, filter, bias) =>
      tf.fused.conv2d({ x: t4(x), filter: t4(filter), strides: 1, pad: 'same', bias }),
  },
  {
    name: 'fused.depthwiseConv2d with bias',
    shapes: [[1, 5, 6, 3], [3, 3, 3, 1], [3]],
    op: (x, filter, bias) =>
      tf.fused.depthwiseConv2d({
        x: t4(x),
        filter: t4(filter),
        strides: 1,
        pad: 'same',
        bias,
        activation: 'linear',
      }),
  },
];

interface Gradients {
  readonly shapes: Shape[];
  readonly values: Float32Array[];
  /** Number of products that one value of each gradient sums, at most. */
  readonly terms: number[];
}

/**
 * Computes the gradient of the op for each of its inputs. With `absolute`, the inputs are positive,
 * and the results are the magnitudes of the sums.
 */
async function gradients(c: Differentiable, backend: string, absolute = false): Promise<Gradients> {
  await tf.setBackend(backend);
  const draw = (name: string, shape: Shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = fractions(stream(1, name), size);
    return tf.tensor(absolute ? values.map(Math.abs) : values, [...shape]);
  };
  let terms: number[] = [];
  const found = tf.tidy(() => {
    const inputs = c.shapes.map((shape, i) => draw(`input ${i}`, shape));
    const dy = draw('dy', c.op(...inputs).shape);
    // The gradient of x sums over the filter's taps and the output channels of an input channel;
    // the gradients of the filter and of the bias sum over the pixels of dy.
    const filter = c.shapes[1];
    const [channels] = dy.shape.slice(c.name.includes('NCHW') ? 1 : 3);
    const taps = inputs[1].size / filter[2];
    terms = inputs.map((_, i) => (i === 0 ? taps : dy.size / channels));
    return tf.grads(c.op)(inputs, dy);
  });
  const values = await Promise.all(found.map(async (t) => new Float32Array(await t.data())));
  tf.dispose(found);
  return { shapes: found.map((t) => t.shape), values, terms };
}

/**
 * Expects these stock backends' gradients. Both sides are within the validator's bound of the true
 * sum, so they are within twice the bound of each other.
 */
export async function expectGradientsOf(
  stockBackends: readonly string[],
  backend: string,
  c: Differentiable,
): Promise<void> {
  const own = await gradients(c, backend);
  const magnitudes = await gradients(c, 'cpu', true);
  expect(own.shapes).to.deep.equal(c.shapes);
  for (const stockBackend of stockBackends) {
    const stock = await gradients(c, stockBackend);
    own.values.forEach((values, i) => {
      const result = compare(
        { values, shape: own.shapes[i] },
        {
          shape: stock.shapes[i],
          values: Float64Array.from(stock.values[i]),
          bounds: Float64Array.from(magnitudes.values[i], (m) => 2 * sumBound(own.terms[i], m)),
        },
      );
      const where = `to input ${i}, against ${stockBackend}`;
      expect(result.ok, `${where}: ${describeComparison(result)}`).to.equal(true);
    });
  }
}
