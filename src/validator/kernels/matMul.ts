/** Products of matrices, alone and fused with a bias and an activation. */
import * as tf from '@tensorflow/tfjs-core';
import { type Bounded, boundedActivations, sumBound } from '../tolerance.js';
import type { KernelCase } from './kernelCase.js';
import type { Defined, KernelInputs, KernelRow, Tensors } from './kernelRow.js';
import { broadcastReader, broadcastShape, defined } from './shapes.js';

interface Sizes {
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
  readonly innerOfB: number;
  readonly batch: readonly number[] | null;
}

export function sizesOf(c: KernelCase): Sizes {
  const [a, b] = [c.in.slice(-2), c.b!.slice(-2)];
  const [rows, inner] = c.transposeA ? [a[1], a[0]] : a;
  const [innerOfB, cols] = c.transposeB ? [b[1], b[0]] : b;
  const batch = broadcastShape(c.in.slice(0, -2), c.b!.slice(0, -2));
  return { rows, cols, inner, innerOfB, batch };
}

export function outputShape(c: KernelCase): number[] {
  const { rows, cols, batch } = sizesOf(c);
  return [...batch!, rows, cols];
}

function define(c: KernelCase, { a, b, bias, prelu }: KernelInputs): Defined {
  const { inner } = sizesOf(c);
  const [left, right] = [broadcastReader(a), broadcastReader(b)];
  const [biasAt, slopeAt] = [bias, prelu].map((operand) => operand && broadcastReader(operand));
  const activate = boundedActivations[c.activation ?? 'linear'];
  return defined(outputShape(c), (index): Bounded => {
    const batch = index.slice(0, -2);
    const [row, col] = index.slice(-2);
    let value = 0;
    let magnitude = 0;
    for (let k = 0; k < inner; k++) {
      const x = left([...batch, ...(c.transposeA ? [k, row] : [row, k])]);
      const w = right([...batch, ...(c.transposeB ? [col, k] : [k, col])]);
      value += x * w;
      magnitude += Math.abs(x * w);
    }
    const added = biasAt?.(index) ?? 0;
    value += added;
    const isExact = c.data === 'int' || !Number.isFinite(value);
    const bound = isExact ? 0 : sumBound(inner + 1, magnitude + Math.abs(added));
    return activate({ value, bound }, slopeAt?.(index) ?? c.alpha ?? 0);
  });
}

function contradictionIn(c: KernelCase): string | null {
  if (c.in.length < 2 || c.b!.length < 2) return 'in and b must have at least two sizes';
  const { inner, innerOfB, batch } = sizesOf(c);
  if (inner !== innerOfB) return `${inner} columns of in do not meet ${innerOfB} rows of b`;
  if (batch === null) return 'the batches of in and b do not broadcast';
  const isFused = c.kernel === 'fusedMatMul';
  const extra = [c.bias, c.prelu].find((shape) => {
    return shape && broadcastShape(outputShape(c), shape)?.join() !== outputShape(c).join();
  });
  if (extra !== undefined) return `${extra.join('x')} does not broadcast to the product`;
  if (!isFused) return null;
  if ((c.prelu !== undefined) !== (c.activation === 'prelu'))
    return 'act=prelu and prelu go together';
  return (c.alpha !== undefined) === (c.activation === 'leakyrelu')
    ? null
    : 'act=leakyrelu and alpha go together';
}

const operands: KernelRow['operands'] = (c) => [
  { name: 'a', shape: c.in },
  { name: 'b', shape: c.b!, takes: 'int' },
  ...(c.bias ? [{ name: 'bias', shape: c.bias, takes: 'int' as const }] : []),
  ...(c.prelu ? [{ name: 'prelu', shape: c.prelu, takes: 'int' as const }] : []),
];

function fused(c: KernelCase, { a, b, bias, prelu }: Tensors): tf.Tensor {
  return tf.fused.matMul({
    a,
    b,
    transposeA: c.transposeA,
    transposeB: c.transposeB,
    bias,
    activation: c.activation,
    preluActivationWeights: prelu,
    leakyreluAlpha: c.alpha,
  });
}

const common = { family: 'matMul', operands, define, contradiction: contradictionIn } as const;

export const matMulRows: Record<'matMul' | 'fusedMatMul', KernelRow> = {
  matMul: {
    ...common,
    kernel: tf.BatchMatMul,
    required: ['b'],
    optional: ['transposeA', 'transposeB'],
    run: (c, { a, b }) => tf.matMul(a, b, c.transposeA, c.transposeB),
  },
  fusedMatMul: {
    ...common,
    kernel: tf._FusedMatMul,
    required: ['b', 'activation'],
    optional: ['transposeA', 'transposeB', 'bias', 'prelu', 'alpha'],
    run: fused,
  },
};
