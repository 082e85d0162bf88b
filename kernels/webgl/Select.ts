import { Select, type SelectInputs, util } from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { many } from './many.js';

/**
 * Select of float32 tensors of which one is in planes. Its condition has the shape of the result; one of
 * rank 1 has a value for each batch element instead.
 */
export const selectKernel = tiledKernel<SelectInputs, unknown>(
  Select,
  (runner, { condition, t, e }) => {
    const isFloat = t.dtype === 'float32' && e.dtype === 'float32';
    if (!isFloat || condition.dtype !== 'bool' || !util.arraysEqual(t.shape, e.shape)) return null;
    // A condition alone is converted faster than both results.
    if ([t, e].every((x) => runner.placementOfData(x) === null)) return null;
    if (util.arraysEqual(condition.shape, t.shape)) {
      return many(runner, 'select', [condition, t, e]);
    }
    const [rows] = t.shape;
    if (condition.shape.length !== 1 || condition.shape[0] !== rows) return null;
    const shape = [rows, ...t.shape.slice(1).fill(1)];
    return many(runner, 'select', [{ ...condition, shape }, t, e]);
  },
);
