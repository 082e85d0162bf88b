/** Products of matrices that are both computed. */
import { type BatchMatMulAttrs, broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../shape/fused.js';
import type { Fused } from './convolution.js';
import { onHeap, withThreadBlocks, wordsAt } from './onHeap.js';
import { type HeapArgs, sizeOf } from './stockOr.js';
import { applyInPlace } from './unary.js';

const wordBytes = 4;
/** Words of a product in wasm/matMul.ts. */
const productWords = 13;

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
  const [aMatrix, bMatrix] = [stepOf(ofA), stepOf(ofB)];
  const isSteady = ofA.every((at, i) => at === i * aMatrix && ofB[i] === i * bMatrix);
  return onHeap(backend, shape, (y) => {
    const [aAt, bAt] = [backend.address(a), backend.address(b)];
    const biasAt = hasBias ? backend.address(bias) : 0;
    const [aRow, aStep] = transposeA ? [1, aCols] : [aCols, 1];
    const [bRow, bStep] = transposeB ? [1, bCols] : [bCols, 1];
    const [aWords, bWords] = [m * k, k * n];
    const steps = [aRow, aStep, bRow, bStep, aMatrix * aWords, bMatrix * bWords];
    const fill = (job: number) => {
      const words = wordsAt(backend, job, productWords);
      words.set([rows, k, n, ...steps.map((step) => wordBytes * step), biasAt]);
      words[productWords - 1] = job + wordBytes * productWords;
      backend.view(job + wordBytes * (productWords - 3), 2).set([low, high]);
    };
    withThreadBlocks(backend, wordBytes * (productWords + 8 + 8 * k), fill, (job, step) => {
      const multiply = (matrix: number, count: number) => {
        const [aFirst, bFirst] = [ofA[matrix] * aWords, ofB[matrix] * bWords];
        const [aFrom, bFrom] = [aAt + wordBytes * aFirst, bAt + wordBytes * bFirst];
        const to = y + wordBytes * matrix * m * n;
        backend.stepInParts(micro, {
          length: rows * count,
          grain: Math.min(rows, ROWS),
          effort: k * n,
          blocks: [y, job],
          call: (from, some, thread) => [
            'matMul',
            job + thread * step,
            aFrom,
            bFrom,
            to,
            from,
            some,
          ],
        });
      };
      if (isSteady) multiply(0, ofA.length);
      else for (const matrix of ofA.keys()) multiply(matrix, 1);
    });
    if (exponential !== null) applyInPlace(backend, micro, exponential, y, sizeOf(shape));
  });
}

/** Number of rows for which columns of b are packed at least. */
const ROWS = 12;

/** Returns the step from one index to the next, if it is the same for all. */
const stepOf = (indices: readonly number[]) => (indices.length > 1 ? indices[1] - indices[0] : 0);

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
