import { Cast, type CastAttrs, type CastInputs } from '@tensorflow/tfjs-core';
import { holdsInt32 } from './elementwise.js';
import { tiledKernel } from './fallback.js';

/**
 * Casts that lose something, of tensors that are in planes. For the others stock returns the same data
 * under another type, which stays where it is.
 */
export const castKernel = tiledKernel<CastInputs, CastAttrs>(Cast, (runner, { x }, { dtype }) => {
  if (runner.placementOfAnyType(x) === null || x.dtype === dtype) return null;
  if (dtype === 'bool') {
    const isNotZero = { op: 'notEqual', operand: 'uniform', swapped: false } as const;
    return runner.apply(x, isNotZero, [], { Value: 0 });
  }
  if (dtype !== 'int32' || x.dtype !== 'float32' || !holdsInt32(runner)) return null;
  return runner.apply(x, { op: 'truncate' }, [], {});
});
