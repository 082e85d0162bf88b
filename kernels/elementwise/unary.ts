/**
 * THE table of element-wise kernels of one tensor. Each engine has a column beside it: the GLSL of
 * a row is in webgl/glsl/stepFunctions.ts, its microkernel in cpu/wasm/.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface UnaryRow {
  /** Name of the tfjs kernel. */
  readonly kernel: string;
  /**
   * Type of the result for a float32 input, or for a bool input if `takes` says so: float32 where it
   * is not given.
   */
  readonly result?: 'bool';
  /** Type of the input: float32 where it is not given. */
  readonly takes?: 'bool';
  /** Attributes that the kernel reads, in the order in which `reference` gets them. */
  readonly attributes?: readonly string[];
  /** Value of the result in float64; booleans are 0 and 1. NaN gives NaN unless this says otherwise. */
  reference(x: number, ...attributes: number[]): number;
}

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** Returns erf(x), by Abramowitz and Stegun 7.1.26 as tfjs's kernels compute it (error 1.5e-7). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/** Rounds to the nearest whole number, halves to the even one. */
function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

export const unaryRows = {
  abs: { kernel: tf.Abs, reference: Math.abs },
  acos: { kernel: tf.Acos, reference: Math.acos },
  acosh: { kernel: tf.Acosh, reference: Math.acosh },
  asin: { kernel: tf.Asin, reference: Math.asin },
  asinh: { kernel: tf.Asinh, reference: Math.asinh },
  atan: { kernel: tf.Atan, reference: Math.atan },
  atanh: { kernel: tf.Atanh, reference: Math.atanh },
  ceil: { kernel: tf.Ceil, reference: Math.ceil },
  clip: {
    kernel: tf.ClipByValue,
    attributes: ['clipValueMin', 'clipValueMax'],
    reference: (x, low, high) => Math.min(high, Math.max(low, x)),
  },
  cos: { kernel: tf.Cos, reference: Math.cos },
  cosh: { kernel: tf.Cosh, reference: Math.cosh },
  elu: { kernel: tf.Elu, reference: (x) => (x >= 0 ? x : Math.expm1(x)) },
  erf: { kernel: tf.Erf, reference: erf },
  exp: { kernel: tf.Exp, reference: Math.exp },
  expm1: { kernel: tf.Expm1, reference: Math.expm1 },
  floor: { kernel: tf.Floor, reference: Math.floor },
  isFinite: { kernel: tf.IsFinite, result: 'bool', reference: (x) => Number(Number.isFinite(x)) },
  isInf: {
    kernel: tf.IsInf,
    result: 'bool',
    reference: (x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY),
  },
  isNaN: { kernel: tf.IsNan, result: 'bool', reference: (x) => Number(Number.isNaN(x)) },
  leakyrelu: {
    kernel: tf.LeakyRelu,
    attributes: ['alpha'],
    reference: (x, alpha) => (x < 0 ? alpha * x : x),
  },
  log: { kernel: tf.Log, reference: Math.log },
  log1p: { kernel: tf.Log1p, reference: Math.log1p },
  logicalNot: {
    kernel: tf.LogicalNot,
    takes: 'bool',
    result: 'bool',
    reference: (x) => Number(x === 0),
  },
  neg: { kernel: tf.Neg, reference: (x) => -x },
  reciprocal: { kernel: tf.Reciprocal, reference: (x) => 1 / x },
  relu: { kernel: tf.Relu, reference: (x) => Math.max(0, x) },
  relu6: { kernel: tf.Relu6, reference: (x) => Math.min(6, Math.max(0, x)) },
  round: { kernel: tf.Round, reference: roundHalfToEven },
  rsqrt: { kernel: tf.Rsqrt, reference: (x) => 1 / Math.sqrt(x) },
  selu: {
    kernel: tf.Selu,
    reference: (x) => (x >= 0 ? SELU_SCALE * x : SELU_SCALE_ALPHA * Math.expm1(x)),
  },
  sigmoid: { kernel: tf.Sigmoid, reference: (x) => 1 / (1 + Math.exp(-x)) },
  // tfjs's kernels give NaN the sign 0.
  sign: { kernel: tf.Sign, reference: (x) => Math.sign(x) || 0 },
  sin: { kernel: tf.Sin, reference: Math.sin },
  sinh: { kernel: tf.Sinh, reference: Math.sinh },
  softplus: {
    kernel: tf.Softplus,
    reference: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))),
  },
  sqrt: { kernel: tf.Sqrt, reference: Math.sqrt },
  square: { kernel: tf.Square, reference: (x) => x * x },
  step: {
    kernel: tf.Step,
    attributes: ['alpha'],
    reference: (x, alpha) => (Number.isNaN(x) ? Number.NaN : x > 0 ? 1 : alpha),
  },
  tan: { kernel: tf.Tan, reference: Math.tan },
  tanh: { kernel: tf.Tanh, reference: Math.tanh },
} as const satisfies Record<string, UnaryRow>;

export type UnaryOp = keyof typeof unaryRows;
