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

/**
 * Draws multiples of 1/8 in [-1, 1). Four layers of products make multiples of 2^-15 of them; while
 * sums stay below 2^9, they are exact in float32.
 */
function random(shape: Shape4, name: string): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = fractions(stream(1, name), size).map((value) => Math.floor(value * 8) / 8);
  return tf.tensor4d(values, shape);
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

/** Predicts with our kernels and stock's alternately. */
export function predict(net: SmallNet, x: tf.Tensor4D): tf.Tensor {
  return tf.tidy(() => tf.softmax(tf.mean(scores(net, x), [1, 2])));
}

/** Returns the maps [1, height, width, classes] of which a prediction is the softmax of the means. */
export function scores(net: SmallNet, x: tf.Tensor4D): tf.Tensor4D {
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
    return tf.conv2d(pooled, net.head, 1, 'valid');
  });
}
