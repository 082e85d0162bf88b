/**
 * THE table of element-wise kernels of two tensors, which broadcast against each other. The columns
 * of the engines are where those of unary.ts are.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface BinaryRow {
  /** Name of the tfjs kernel. */
  readonly kernel: string;
  /** Type of the result: float32 where it is not given. */
  readonly result?: 'bool' | 'int32';
  /** Type of both inputs: float32 where it is not given. */
  readonly takes?: 'bool';
  /** Names of the two inputs: a and b where they are not given. */
  readonly inputs?: readonly [string, string];
  /** True if op(b, a) has the bits of op(a, b), but for those of a NaN. */
  readonly commutes?: true;
  /** Value of the result in float64; booleans are 0 and 1. */
  reference(a: number, b: number): number;
}

/** Returns the remainder of a / b that has the sign of b, as tfjs's kernels do. */
function mod(a: number, b: number): number {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
}

export const binaryRows = {
  add: { kernel: tf.Add, commutes: true, reference: (a, b) => a + b },
  atan2: { kernel: tf.Atan2, reference: Math.atan2 },
  divide: { kernel: tf.RealDiv, reference: (a, b) => a / b },
  equal: { kernel: tf.Equal, commutes: true, result: 'bool', reference: (a, b) => Number(a === b) },
  floorDiv: {
    kernel: tf.FloorDiv,
    result: 'int32',
    reference: (a, b) => Math.floor(a / b),
  },
  greater: { kernel: tf.Greater, result: 'bool', reference: (a, b) => Number(a > b) },
  greaterEqual: { kernel: tf.GreaterEqual, result: 'bool', reference: (a, b) => Number(a >= b) },
  less: { kernel: tf.Less, result: 'bool', reference: (a, b) => Number(a < b) },
  lessEqual: { kernel: tf.LessEqual, result: 'bool', reference: (a, b) => Number(a <= b) },
  logicalAnd: {
    kernel: tf.LogicalAnd,
    commutes: true,
    takes: 'bool',
    result: 'bool',
    reference: (a, b) => Number(a !== 0 && b !== 0),
  },
  logicalOr: {
    kernel: tf.LogicalOr,
    commutes: true,
    takes: 'bool',
    result: 'bool',
    reference: (a, b) => Number(a !== 0 || b !== 0),
  },
  maximum: { kernel: tf.Maximum, reference: Math.max },
  minimum: { kernel: tf.Minimum, reference: Math.min },
  mod: { kernel: tf.Mod, reference: mod },
  multiply: { kernel: tf.Multiply, commutes: true, reference: (a, b) => a * b },
  notEqual: {
    kernel: tf.NotEqual,
    commutes: true,
    result: 'bool',
    reference: (a, b) => Number(a !== b),
  },
  pow: { kernel: tf.Pow, reference: Math.pow },
  prelu: {
    kernel: tf.Prelu,
    inputs: ['x', 'alpha'],
    reference: (x, alpha) => (x < 0 ? alpha * x : x),
  },
  squaredDifference: {
    kernel: tf.SquaredDifference,
    commutes: true,
    reference: (a, b) => (a - b) ** 2,
  },
  sub: { kernel: tf.Sub, reference: (a, b) => a - b },
} as const satisfies Record<string, BinaryRow>;

export type BinaryOp = keyof typeof binaryRows;
