import { EluGrad, type EluGradInputs, util } from '@tensorflow/tfjs-core';
import { operandOf } from './broadcast.js';
import { tiledKernel } from './fallback.js';
import { stepName } from './programs/steps.js';

/** Steps from y to its slope: 1 where y is not negative, and else y + 1. */
const slope = [
  { op: 'minimum', operand: 'uniform', swapped: false },
  { op: 'add', operand: 'uniform', swapped: false },
] as const;

/** Computes dy times the slope of elu, from the result y of elu, in the layout of y's data. */
export const eluGradKernel = tiledKernel<EluGradInputs, unknown>(EluGrad, (runner, { dy, y }) => {
  const placement = runner.placementOfData(y);
  if (dy.dtype !== 'float32' || placement === null) return null;
  if (!util.arraysEqual(dy.shape, y.shape)) return null;
  const operand = operandOf(runner, dy, y.shape, placement);
  if (operand === null) return null;
  const { layout, format } = placement;
  const { tile } = layout;
  const steps = [...slope, { op: 'multiply', operand: operand.broadcast, swapped: false } as const];
  return runner.run(
    { family: 'elementwise', tile, steps },
    { x: runner.tiles(y, layout, format, tile), [stepName(2)]: operand.tiles() },
    { [`${stepName(0)}Value`]: 0, [`${stepName(1)}Value`]: 1 },
    { shape: y.shape, layout, format },
  );
});
