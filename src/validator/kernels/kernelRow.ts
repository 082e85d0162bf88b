/** A row of the validator's table of kernels. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Draw } from '../draws.js';
import type { Numbers, NumbersType } from '../numbers.js';
import type { Bounded } from '../tolerance.js';
import type { KernelCase } from './kernelCase.js';

export const kernelFamilies = [
  'pool',
  'resize',
  'matMul',
  'softmax',
  'reduce',
  'transpose',
  'gather',
  'rearrange',
  'unary',
  'binary',
  'compare',
  'logical',
  'select',
  'cast',
  'gradient',
] as const;

export type KernelFamily = (typeof kernelFamilies)[number];

/** Fields that a kernel may read, beside those that all kernels read. */
export type KernelField = Exclude<keyof KernelCase, 'kernel' | 'in' | 'data' | 'from' | 'seed'>;

/** One input of a case. */
export interface Operand {
  readonly name: string;
  readonly shape: readonly number[];
  /** Type of the tensor: float32 where it is not given. */
  readonly dtype?: NumbersType;
  /** Draws usual values; fractions in [-1, 1) without it. */
  readonly draw?: Draw;
  /** Draws whole numbers; those from -4 to 4 without it. */
  readonly whole?: Draw;
  /** Data that changes the values: all without it, only `int`, or none. */
  readonly takes?: 'int' | 'none';
}

/** Operands of a case by name, as values and as tensors of the backend in use. */
export type KernelInputs = Readonly<Record<string, Numbers>>;
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** True result of a case, with an element for each value, in order. */
export interface Defined {
  readonly shape: readonly number[];
  readonly dtype?: NumbersType;
  readonly elements: readonly Bounded[];
}

export interface KernelRow {
  readonly family: KernelFamily;
  /** Name of the tfjs kernel that a backend must have to compute the case. */
  readonly kernel: string;
  readonly required?: readonly KernelField[];
  readonly optional?: readonly KernelField[];
  /** Inputs in order; values of the first differ when a recording is made. */
  operands(c: KernelCase): readonly Operand[];
  /**
   * Computes the case with tfjs's public op.
   * @throws Error of the op or the backend
   */
  run(c: KernelCase, tensors: Tensors): tf.Tensor;
  /** Computes the case in float64 from its definition, with bounds for float32. */
  define(c: KernelCase, inputs: KernelInputs): Defined;
  /** Returns the reason why a case is meaningless for every backend, or null. */
  contradiction?(c: KernelCase): string | null;
}
