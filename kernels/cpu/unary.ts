import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type UnaryOp, type UnaryRow, unaryRows } from '../elementwise/unary.js';
import { bytesOf } from './heapType.js';
import type { CPUKernel, CPURunner } from './kernel.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import type { Microkernels } from './shared/functions.js';
import type { DivisibleWork } from './shared/work.js';
import { sizeOf, stockOr } from './stockOr.js';
import { Unary } from './wasm/numbers.js';

/** The column of the CPU engine: each row's microkernel, which is a number of wasm/unary.ts. */
const microkernels: Readonly<Record<UnaryOp, Unary>> = Unary;

/** Functions that are made of a few instructions. */
const simple: ReadonlySet<UnaryOp> = new Set([
  ...(['abs', 'ceil', 'clip', 'floor', 'isFinite', 'isInf', 'isNaN', 'leakyrelu'] as const),
  ...(['logicalNot', 'neg', 'reciprocal', 'relu', 'relu6', 'round', 'rsqrt', 'sign'] as const),
  ...(['sqrt', 'square', 'step'] as const),
]);

/** Returns the effort of a value. */
const effortOf = (op: UnaryOp): number => (simple.has(op) ? effort.value : effort.polynomial);

function workOf(
  op: UnaryOp,
  x: number,
  y: number,
  length: number,
  p: number,
  q: number,
): DivisibleWork {
  const row: UnaryRow = unaryRows[op];
  const { takes = 'float32', result = 'float32' } = row;
  const [size, ySize] = [bytesOf(takes), bytesOf(result)];
  return {
    length,
    grain: 1,
    effort: effortOf(op),
    y,
    whole: [],
    blocks: [y],
    call: (from, count) => [
      'unary',
      microkernels[op],
      x + from * size,
      y + from * ySize,
      count,
      p,
      q,
    ],
  };
}

/** Applies a function without attributes to values of the heap. */
export function applyInPlace(
  backend: CPURunner,
  micro: Microkernels,
  op: UnaryOp,
  y: number,
  length: number,
): void {
  backend.stepInParts(micro, workOf(op, y, y, length, 0, 0));
}

function unaryKernel(op: UnaryOp): CPUKernel {
  const row: UnaryRow = unaryRows[op];
  const { kernel, takes = 'float32', result = 'float32', attributes = [] } = row;
  return stockOr<{ x: TensorInfo }, Record<string, number>>(
    kernel,
    ({ inputs: { x }, attrs, backend, micro }) => {
      if (x.dtype !== takes) return null;
      const [p = 0, q = 0] = attributes.map((name) => attrs[name]);
      const write = (y: number) => {
        const [at, length] = [backend.address(x), sizeOf(x.shape)];
        backend.stepInParts(micro, workOf(op, at, y, length, p, q));
      };
      return onHeap(backend, x.shape, write, result);
    },
  );
}

export const unaryKernels: readonly CPUKernel[] = (Object.keys(unaryRows) as UnaryOp[]).map(
  unaryKernel,
);
