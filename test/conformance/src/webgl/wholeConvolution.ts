/** A convolution of whole numbers, whose sums are exact. */
import { type Shape4, wholeNumbers } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

export const shape: Shape4 = [1, 20, 20, 16];

export function makeInput(): tf.Tensor4D {
  return tf.tensor4d(wholeNumbers(shape), shape);
}

export function makeFilter(): tf.Tensor4D {
  const filter: Shape4 = [3, 3, 16, 16];
  return tf.tensor4d(wholeNumbers(filter), filter);
}

export const convolved = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, 'same');
