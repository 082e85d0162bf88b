/** Element-wise kernels of one tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { between, type Draw } from '../draws.js';
import { integers } from '../random.js';
import { type Bounded, TINY } from '../tolerance.js';
import { type BoundedFunction, functions, withFlushing } from './functions.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelRow } from './kernelRow.js';

type Op = (x: tf.Tensor, args: readonly number[]) => tf.Tensor;

interface Unary {
  readonly kernel: string;
  readonly op: Op;
  /** Interval of usual inputs, which is [-1, 1] without it. */
  readonly domain?: readonly [number, number];
  /** Draws usual inputs instead. */
  readonly draw?: Draw;
  readonly result?: 'bool';
  readonly takes?: 'bool';
  /** Names of the attributes in `args`, in order. */
  readonly args?: readonly string[];
  /** True if whole numbers give whole numbers that are exact. */
  readonly isWhole?: boolean;
}

/** Draws multiples of a half. */
const halves: Draw = (next, count) => integers(next, count, 9).map((value) => value / 2);

const kernels: Readonly<Record<keyof typeof functions, Unary>> = {
  abs: { kernel: tf.Abs, op: tf.abs },
  acos: { kernel: tf.Acos, op: tf.acos },
  acosh: { kernel: tf.Acosh, op: tf.acosh, domain: [1, 20] },
  asin: { kernel: tf.Asin, op: tf.asin },
  asinh: { kernel: tf.Asinh, op: tf.asinh, domain: [-4, 20] },
  atan: { kernel: tf.Atan, op: tf.atan, domain: [-5, 5] },
  atanh: { kernel: tf.Atanh, op: tf.atanh },
  ceil: { kernel: tf.Ceil, op: tf.ceil, domain: [-4, 4] },
  clipByValue: {
    kernel: tf.ClipByValue,
    op: (x, [low, high]) => tf.clipByValue(x, low, high),
    args: ['clipValueMin', 'clipValueMax'],
  },
  cos: { kernel: tf.Cos, op: tf.cos, domain: [-3.1, 3.1] },
  cosh: { kernel: tf.Cosh, op: tf.cosh, domain: [-8, 8] },
  elu: { kernel: tf.Elu, op: tf.elu },
  erf: { kernel: tf.Erf, op: tf.erf, domain: [-3, 3] },
  exp: { kernel: tf.Exp, op: tf.exp, domain: [-20, 20] },
  expm1: { kernel: tf.Expm1, op: tf.expm1, domain: [-4, 4] },
  floor: { kernel: tf.Floor, op: tf.floor, domain: [-4, 4] },
  isFinite: { kernel: tf.IsFinite, op: (x) => tf.isFinite(x), result: 'bool' },
  isInf: { kernel: tf.IsInf, op: (x) => tf.isInf(x), result: 'bool' },
  isNaN: { kernel: tf.IsNan, op: (x) => tf.isNaN(x), result: 'bool' },
  leakyRelu: {
    kernel: tf.LeakyRelu,
    op: (x, [alpha]) => tf.leakyRelu(x, alpha),
    args: ['alpha'],
  },
  log: { kernel: tf.Log, op: tf.log, domain: [0, 20] },
  log1p: { kernel: tf.Log1p, op: tf.log1p, domain: [-1, 20] },
  logicalNot: { kernel: tf.LogicalNot, op: tf.logicalNot, takes: 'bool', result: 'bool' },
  neg: { kernel: tf.Neg, op: tf.neg },
  reciprocal: { kernel: tf.Reciprocal, op: tf.reciprocal },
  relu: { kernel: tf.Relu, op: tf.relu },
  relu6: { kernel: tf.Relu6, op: tf.relu6, domain: [-8, 8] },
  round: { kernel: tf.Round, op: tf.round, draw: halves },
  rsqrt: { kernel: tf.Rsqrt, op: tf.rsqrt, domain: [0, 20] },
  selu: { kernel: tf.Selu, op: tf.selu, domain: [-4, 4] },
  sigmoid: { kernel: tf.Sigmoid, op: tf.sigmoid, domain: [-8, 8] },
  sign: { kernel: tf.Sign, op: tf.sign },
  sin: { kernel: tf.Sin, op: tf.sin, domain: [-3.1, 3.1] },
  sinh: { kernel: tf.Sinh, op: tf.sinh, domain: [-8, 8] },
  softplus: { kernel: tf.Softplus, op: tf.softplus, domain: [-20, 20] },
  sqrt: { kernel: tf.Sqrt, op: tf.sqrt, domain: [0, 20] },
  square: { kernel: tf.Square, op: tf.square, isWhole: true },
  step: { kernel: tf.Step, op: (x, [alpha]) => tf.step(x, alpha), args: ['alpha'] },
  tan: { kernel: tf.Tan, op: tf.tan, domain: [-1.4, 1.4] },
  tanh: { kernel: tf.Tanh, op: tf.tanh, domain: [-4, 4] },
};

function row(f: BoundedFunction, unary: Unary): KernelRow {
  const {
    kernel,
    op,
    domain,
    draw = domain && between(...domain),
    result,
    takes,
    args = [],
    isWhole,
  } = unary;
  const at = (c: KernelCase, x: number): Bounded => {
    const y = withFlushing((value) => f(value, ...(c.args ?? [])), x, TINY);
    return (c.data === 'int' || c.type === 'int32') && isWhole ? { value: y.value, bound: 0 } : y;
  };
  return {
    family: 'unary',
    kernel,
    required: args.length === 0 ? [] : ['args'],
    optional: takes === undefined ? ['type'] : [],
    operands: (c) => [
      {
        name: 'x',
        shape: c.in,
        dtype: takes ?? c.type,
        draw,
      },
    ],
    run: (c, { x }) => op(x, c.args ?? []),
    define: (c, { x }) => ({
      shape: c.in,
      dtype: result ?? c.type,
      elements: Array.from(x.values, (value) => at(c, value)),
    }),
    contradiction: (c) =>
      (c.args?.length ?? 0) === args.length
        ? null
        : `args must be ${args.length} numbers: ${args.join(', ')}`,
  };
}

export const unaryRows = Object.fromEntries(
  Object.entries(kernels).map(([name, unary]) => [
    name,
    row(functions[name as keyof typeof functions], unary),
  ]),
) as Record<keyof typeof functions, KernelRow>;
