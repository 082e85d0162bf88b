import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type BinaryOp, type BinaryRow, binaryRows } from '../elementwise/binary.js';
import { type Broadcast, broadcastOf } from './broadcast.js';
import { bytesOf, type HeapType } from './heapType.js';
import type { CPUKernel, CPURunner } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { onHeap, withThreadBlocks, writeWords } from './onHeap.js';
import { effort } from './shared/effort.js';
import { sizeOf, stockOr } from './stockOr.js';
import { Binary, CHUNK, SHORT, Type } from './wasm/numbers.js';

/** The column of the CPU engine: each row's microkernel, which is a number of wasm/rows.ts. */
const microkernels: Readonly<Record<BinaryOp, Binary>> = Binary;

/** Rows whose microkernels compute int32 as well. */
const onInts: ReadonlySet<BinaryOp> = new Set([
  'add',
  'equal',
  'floorDiv',
  'greater',
  'greaterEqual',
  'less',
  'lessEqual',
  'maximum',
  'minimum',
  'mod',
  'multiply',
  'notEqual',
  'squaredDifference',
  'sub',
]);

/** Rows that take longer than arithmetic does. */
const efforts: { readonly [op in BinaryOp]?: number } = {
  ...{ atan2: effort.polynomial, floorDiv: effort.polynomial, mod: effort.polynomial },
  pow: effort.power,
};

/** Numbers of the kinds of operands in wasm/broadcast.ts. */
const kinds = { other: 0, same: 1, whole: 2 } as const;

const vectorBytes = 16;
const wordBytes = 4;

/** Returns the type of both operands; null if there is no microkernel for them. */
function typeOf(op: BinaryOp, a: TensorInfo, b: TensorInfo): HeapType | null {
  const row: BinaryRow = binaryRows[op];
  const takes: HeapType = row.takes ?? 'float32';
  if (a.dtype !== b.dtype) return null;
  if (a.dtype === takes) return takes;
  return a.dtype === 'int32' && onInts.has(op) ? 'int32' : null;
}

/** Computes a function of a and b; returns null if there is no microkernel for their types. */
export function combine(
  backend: CPURunner,
  micro: Microkernels,
  op: BinaryOp,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | null {
  const type = typeOf(op, a, b);
  if (type === null) return null;
  const row: BinaryRow = binaryRows[op];
  const result: HeapType = row.result ?? type;
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const broadcast = broadcastOf(a.shape, b.shape, shape);
  const { run, axes, aKind, bKind } = broadcast;
  const [size, ySize] = [bytesOf(type), bytesOf(result)];
  const write = (y: number) => {
    const [aAt, bAt] = [backend.address(a), backend.address(b)];
    const operands = [microkernels[op], Type[type], aAt, bAt, y, size, ySize];
    withJobs(backend, operands, broadcast, size, (job, step) => {
      const whole: number[] = [];
      if (aKind !== 'whole') whole.push(aAt);
      if (bKind !== 'whole') whole.push(bAt);
      backend.stepInParts(micro, {
        length: sizeOf(shape),
        grain: axes.length === 0 ? 1 : run.size,
        y,
        whole,
        effort: efforts[op] ?? effort.value,
        blocks: [y, job],
        call: (from, count, thread) => ['binary', job + thread * step, from, count],
      });
    });
  };
  return onHeap(backend, shape, write, result);
}

/**
 * Writes a job of wasm/broadcast.ts for each thread into a block, after its scratch space, and passes the
 * address of the first and the bytes to the next.
 * @param operands the first words of the job
 * @param size bytes of a value of the operands
 */
function withJobs(
  backend: CPURunner,
  operands: readonly number[],
  { run, axes, aKind, bKind }: Broadcast,
  size: number,
  use: (job: number, step: number) => void,
): void {
  const isShort = axes.length > 0 && run.size < SHORT;
  const scratchBytes = 2 * vectorBytes + (isShort ? 2 * CHUNK * wordBytes : 0);
  const words = [...operands, run.size, run.aStep * size, run.bStep * size, axes.length];
  words.push(kinds[aKind], kinds[bKind]);
  const scratchAt = words.length;
  words.push(0, 0, 0);
  for (const axis of axes) words.push(axis.size, axis.aStep * size, axis.bStep * size, 0);
  const fill = (scratch: number) => {
    words[scratchAt] = scratch;
    writeWords(backend, scratch + scratchBytes, words);
  };
  const bytes = scratchBytes + words.length * wordBytes;
  withThreadBlocks(backend, bytes, fill, (first, step) => use(first + scratchBytes, step));
}

function binaryKernel(op: BinaryOp): CPUKernel {
  const { kernel, inputs: names = ['a', 'b'] }: BinaryRow = binaryRows[op];
  const [first, second] = names;
  return stockOr<Record<string, TensorInfo>>(kernel, ({ inputs, backend, micro }) =>
    combine(backend, micro, op, inputs[first], inputs[second]),
  );
}

export const binaryKernels: readonly CPUKernel[] = (Object.keys(binaryRows) as BinaryOp[]).map(
  binaryKernel,
);
