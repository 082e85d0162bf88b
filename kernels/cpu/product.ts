/** Products of matrices that are both computed. */
import { type BatchMatMulAttrs, broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../shape/fused.js';
import type { Fused } from './convolution.js';
import { onHeap, wordsAt } from './onHeap.js';
import { type HeapArgs, sizeOf } from './stockOr.js';
import { Unary } from './wasm/numbers.js';

const wordBytes = 4;
/** Words of a product in wasm/matMul.ts. */
const productWords = 11;

/** Limits that an activation sets. */
const limits: Partial<Record<FusedActivation, readonly [low: number, high: number]>> = {
  linear: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
};

/**
 * Computes a [.., m, k] times b [.., k, n], each of them transposed if its attribute says so. Returns
 * null if a bias has not one value for each column, or for prelu and leakyrelu.
 */
export function product(
  { backend, micro }: HeapArgs<unknown, unknown>,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: BatchMatMulAttrs,
  { bias, activation }: Fused,
): TensorInfo | null {
  if (a.shape.length < 2 || b.shape.length < 2) return null;
  if (a.shape.includes(0) || b.shape.includes(0)) return null;
  const [aRows, aCols] = a.shape.slice(-2);
  const [bRows, bCols] = b.shape.slice(-2);
  const [m, k] = transposeA ? [aCols, aRows] : [aRows, aCols];
  const [depth, n] = transposeB ? [bCols, bRows] : [bRows, bCols];
  const exponential = activation === 'sigmoid' || activation === 'elu' ? activation : null;
  const [low, high] = limits[exponential === null ? activation : 'linear'] ?? [];
  const hasBias = bias != null;
  const isPerColumn = !hasBias || (bias.dtype === 'float32' && isRow(bias.shape, n));
  if (depth !== k || low === undefined || high === undefined || !isPerColumn) return null;
  const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = broadcast_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const shape = [...outer, m, n];
  // One matrix b for all of a is as good as one matrix a.
  const isOne = sizeOf(bOuter) === 1 && !transposeA;
  const rows = isOne ? sizeOf(outer) * m : m;
  const [ofA, ofB] = isOne ? [[0], [0]] : [matrices(aOuter, outer), matrices(bOuter, outer)];
  return onHeap(backend, shape, (y) => {
    const [aAt, bAt] = [backend.address(a), backend.address(b)];
    const biasAt = hasBias ? backend.address(bias) : 0;
    backend.withBlock(wordBytes * (productWords + 8 + 8 * k), (job) => {
      const scratch = job + wordBytes * productWords;
      const [aRow, aStep] = transposeA ? [1, aCols] : [aCols, 1];
      const [bRow, bStep] = transposeB ? [1, bCols] : [bCols, 1];
      const steps = [aRow, aStep, bRow, bStep].map((step) => wordBytes * step);
      wordsAt(backend, job, productWords).set([rows, k, n, ...steps, biasAt, 0, 0, scratch]);
      backend.view(job + wordBytes * (productWords - 3), 2).set([low, high]);
      const [aBytes, bBytes, yBytes] = [m * k, k * n, m * n].map((length) => wordBytes * length);
      backend.step(() => {
        for (const [i, matrix] of ofA.entries()) {
          micro.matMul(job, aAt + matrix * aBytes, bAt + ofB[i] * bBytes, y + i * yBytes);
        }
        if (exponential !== null) {
          micro.unary(Unary[exponential], y, y, sizeOf(shape), 0, 0);
        }
      });
    });
  });
}

const isRow = (shape: readonly number[], n: number) => shape.at(-1) === n && sizeOf(shape) === n;

/** Returns the index of an operand's matrix for each matrix of the result. */
function matrices(own: readonly number[], outer: readonly number[]): number[] {
  let indices = [0];
  for (let i = 0; i < outer.length; i++) {
    const axis = i - (outer.length - own.length);
    const size = axis < 0 ? 1 : own[axis];
    indices = indices.flatMap((index) =>
      Array.from({ length: outer[i] }, (_, at) => index * size + (size === 1 ? 0 : at)),
    );
  }
  return indices;
}
