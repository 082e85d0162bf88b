/** Steps of several inputs of one shape. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { operandOf } from './broadcast.js';
import type { ManyStep } from './programs/steps.js';
import type { StepOperand, TileRunner } from './runner.js';

/**
 * Applies op to its inputs, of which one with this shape must be in planes: a pending one first, with
 * which the step fuses. Returns null if none is, or if the program would read too many textures.
 */
export function many(
  runner: TileRunner,
  op: ManyStep['op'],
  inputs: readonly TensorInfo[],
): TensorInfo | null {
  const inPlanes = inputs.filter((x) => runner.placementOfAnyType(x) !== null);
  const x = inPlanes.find((input) => runner.isPending(input)) ?? inPlanes[0];
  const placement = x === undefined ? null : runner.placementOfAnyType(x);
  if (placement === null) return null;
  const position = inputs.indexOf(x);
  const others = inputs
    .filter((_, i) => i !== position)
    .map((input) => operandOf(runner, input, x.shape, placement, inputs.length - 1));
  if (others.includes(null)) return null;
  const operands = others as StepOperand[];
  const broadcasts = operands.map(({ broadcast }) => broadcast);
  return runner.apply(x, { op, position, operands: broadcasts }, operands, {});
}
