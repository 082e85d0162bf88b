/** Element-wise kernels by the rows of their tables, run as tfjs kernels. */
import { type BinaryOp, type BinaryRow, binaryRows } from '../../kernels/elementwise/binary.js';
import { type UnaryOp, type UnaryRow, unaryRows } from '../../kernels/elementwise/unary.js';
import { tf } from './setup.js';

/** Values of attributes for tests. */
const attributeValues = { alpha: 0.25, clipValueMin: -1.5, clipValueMax: 2 } as const;

/** Returns the values of a row's attributes, in the order of its reference. */
export function attributesFor(op: UnaryOp): number[] {
  const { attributes = [] }: UnaryRow = unaryRows[op];
  return attributes.map((name) => attributeValues[name as keyof typeof attributeValues]);
}

/** Runs the kernel of a row; booleans and whole numbers are cast to and from float32. */
export function runUnary(op: UnaryOp, x: tf.Tensor): tf.Tensor {
  const { kernel, takes }: UnaryRow = unaryRows[op];
  const given = takes === 'bool' ? tf.cast(x, 'bool') : x;
  const y = tf.engine().runKernel(kernel, { x: given }, attributeValues) as tf.Tensor;
  return tf.cast(y, 'float32');
}

/** Runs the kernel of a row; booleans and whole numbers are cast to and from float32. */
export function runBinary(op: BinaryOp, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const { kernel, takes, inputs: [first, second] = ['a', 'b'] }: BinaryRow = binaryRows[op];
  const given = [a, b].map((x) => (takes === 'bool' ? tf.cast(x, 'bool') : x));
  const inputs = { [first]: given[0], [second]: given[1] };
  return tf.cast(tf.engine().runKernel(kernel, inputs) as tf.Tensor, 'float32');
}
