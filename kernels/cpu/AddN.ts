import { AddN, type TensorInfo } from '@tensorflow/tfjs-core';
import { combine } from './binary.js';
import { stockOr } from './stockOr.js';

/** Adds tensors of one type and shape, one after the other. */
export const addNKernel = stockOr<TensorInfo[]>(AddN, ({ inputs, backend, micro }) => {
  const [first, ...others] = inputs;
  const isSame = ({ dtype, shape }: TensorInfo) =>
    dtype === first.dtype && shape.join() === first.shape.join();
  if (others.length === 0 || !others.every(isSame)) return null;
  let sum: TensorInfo | null = null;
  for (const other of others) {
    const before: TensorInfo | null = sum;
    sum = combine(backend, micro, 'add', before ?? first, other);
    if (before !== null) backend.disposeIntermediateTensorInfo(before);
    if (sum === null) return null;
  }
  return sum;
});
