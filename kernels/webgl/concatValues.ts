/** Concat of values that are on the CPU. */
import { type TensorInfo, type TypedArray, util } from '@tensorflow/tfjs-core';

/**
 * Maximum number of values for which concatenation on the CPU takes less time than uploads and
 * draws.
 */
export const MOST_JOINED = 131_072;

/**
 * Concatenates tensors along `axis`: takes one block of each tensor in turn, where a block is the
 * values of all axes from `axis` on.
 */
export function joined(
  tensors: readonly { readonly values: TypedArray; readonly shape: TensorInfo['shape'] }[],
  axis: number,
): TypedArray {
  const parts = tensors.map(({ values, shape }) => ({
    values,
    block: util.sizeFromShape(shape.slice(axis)),
  }));
  const stride = parts.reduce((sum, { block }) => sum + block, 0);
  const size = parts.reduce((sum, { values }) => sum + values.length, 0);
  const out = new (parts[0].values.constructor as new (length: number) => TypedArray)(size);
  let first = 0;
  for (const { values, block } of parts) {
    for (let from = 0, to = first; from < values.length; from += block, to += stride) {
      for (let i = 0; i < block; i++) out[to + i] = values[from + i];
    }
    first += block;
  }
  return out;
}
