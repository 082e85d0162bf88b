/** Softmax and its logarithm, along the last axis. */
import * as tf from '@tensorflow/tfjs-core';
import type { Numbers } from '../numbers.js';
import type { Bounded } from '../tolerance.js';
import { exactly, exponential, logarithm, minus, over, sumOf } from './bounded.js';
import type { KernelRow } from './kernelRow.js';

/** Computes each row of the last axis from its values less the largest one. */
function byRows(x: Numbers, f: (less: readonly Bounded[]) => readonly Bounded[]) {
  const length = x.shape[x.shape.length - 1];
  const elements: Bounded[] = [];
  for (let at = 0; at < x.values.length; at += length) {
    const row = [...x.values.slice(at, at + length)];
    const top = exactly(Math.max(...row));
    elements.push(...f(row.map((value) => minus(exactly(value), top))));
  }
  return { shape: x.shape, elements };
}

function softmax(less: readonly Bounded[]): Bounded[] {
  const powers = less.map(exponential);
  const sum = sumOf(powers);
  return powers.map((power) => over(power, sum));
}

function logSoftmax(less: readonly Bounded[]): Bounded[] {
  const logSum = logarithm(sumOf(less.map(exponential)));
  return less.map((value) => minus(value, logSum));
}

function row(
  kernel: string,
  op: (x: tf.Tensor) => tf.Tensor,
  f: (less: readonly Bounded[]) => readonly Bounded[],
): KernelRow {
  return {
    family: 'softmax',
    kernel,
    operands: (c) => [{ name: 'x', shape: c.in }],
    run: (_, { x }) => op(x),
    define: (_, { x }) => byRows(x, f),
    contradiction: (c) => (c.in.length === 0 ? 'in must have an axis' : null),
  };
}

export const softmaxRows = {
  softmax: row(tf.Softmax, (x) => tf.softmax(x), softmax),
  // tfjs-core composes it of other kernels, among them Log.
  logSoftmax: row(tf.Log, (x) => tf.logSoftmax(x), logSoftmax),
};
