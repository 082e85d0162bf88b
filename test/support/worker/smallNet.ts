/** Small net with what most nets have, and its weights; for a page and for a worker. */
import * as tf from '@tensorflow/tfjs-core';
import { fractions, stream } from '../../../src/validator/index.js';

type Shape4 = [number, number, number, number];

const shapes = {
  stem: [3, 3, 3, 8],
  depthwise: [3, 3, 8, 1],
  pointwise: [1, 1, 8, 12],
  head: [1, 1, 12, 5],
} satisfies Record<string, Shape4>;

export type SmallNet = Readonly<Record<keyof typeof shapes, tf.Tensor4D>>;

export const inputShape: Shape4 = [1, 17, 15, 3];

function random(shape: Shape4, name: string): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(fractions(stream(1, name), size), shape);
}

/**
 * Makes the net's weights.
 * @param name each name has different weights
 */
export function makeNet(name: string): SmallNet {
  const weights = Object.entries(shapes).map(([part, shape]) => [
    part,
    random(shape, `${name} ${part}`),
  ]);
  return Object.fromEntries(weights);
}

/** Returns values in [-1, 1) that differ for each number. */
export const makeInput = (i: number): tf.Tensor4D => random(inputShape, `input ${i}`);

/** Runs our kernels and stock's alternately. */
export function predict(net: SmallNet, x: tf.Tensor4D): tf.Tensor {
  return tf.tidy(() => {
    const y = tf.fused.conv2d({
      x,
      filter: net.stem,
      strides: 2,
      pad: 'same',
      activation: 'relu6',
    });
    const z = tf.relu(tf.add(tf.depthwiseConv2d(y, net.depthwise, 1, 'same'), y));
    const pooled = tf.maxPool(tf.conv2d(z as tf.Tensor4D, net.pointwise, 1, 'valid'), 2, 2, 'same');
    return tf.softmax(tf.mean(tf.conv2d(pooled, net.head, 1, 'valid'), [1, 2]));
  });
}
