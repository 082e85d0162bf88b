import { Reverse, type ReverseAttrs, type ReverseInputs, util } from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { rearranged } from './moves.js';

/** Reverse of tensors that are in planes. */
export const reverseKernel = tiledKernel<ReverseInputs, ReverseAttrs>(
  Reverse,
  (runner, { x }, { dims }) => {
    const { shape } = x;
    const axes = util.parseAxisParam(dims, shape);
    return rearranged(runner, x, {
      key: [Reverse, axes],
      shape,
      outShape: shape,
      rule: (map, index) =>
        index.map((at, axis) =>
          axes.includes(axis) ? map.clamped(map.sum(shape[axis] - 1, [[at, -1]]), shape[axis]) : at,
        ),
    });
  },
);
