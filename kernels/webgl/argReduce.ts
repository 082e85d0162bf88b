/** ArgMax and ArgMin of tensors that are in planes, along one axis. */
import {
  ArgMax,
  type ArgMaxAttrs,
  type ArgMaxInputs,
  ArgMin,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { EXACT } from './moves.js';
import type { TileRunner } from './runner.js';
import { sweptOf, sweptOperand, sweptOutput } from './swept.js';

export const argReduceKernels = (
  [
    [ArgMax, 'max'],
    [ArgMin, 'min'],
  ] as const
).map(([kernelName, op]) =>
  tiledKernel<ArgMaxInputs, ArgMaxAttrs>(kernelName, (runner, { x }, { axis }) =>
    placeOfBest(runner, op, x, axis),
  ),
);

/**
 * Returns the place of the largest or smallest value along an axis, in int32; null if x is not in
 * planes, or if the axis is not one axis of its layout.
 */
function placeOfBest(
  runner: TileRunner,
  op: 'max' | 'min',
  x: TensorInfo,
  axis: number,
): TensorInfo | null {
  const axes = util.parseAxisParam(axis, x.shape);
  const swept = sweptOf(runner, x, axes);
  if (swept === null || Object.values(swept.over).filter((isGiven) => isGiven).length !== 1) {
    return null;
  }
  if (x.shape[axes[0]] > EXACT[runner.limits.precision]) return null;
  const shape = x.shape.filter((_, i) => i !== axes[0]);
  const output = sweptOutput(runner, swept, { shape, dtype: 'int32' });
  const spec = { family: 'argReduce', op, in: swept.layout.tile, over: swept.over } as const;
  return runner.run(spec, { x: sweptOperand(runner, x, swept) }, {}, output);
}
