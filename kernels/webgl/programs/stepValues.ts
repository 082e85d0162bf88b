/** Values of epilogue steps in numbers, by which known-answer tests judge programs. */
import { type BinaryRow, binaryRows } from '../../elementwise/binary.js';
import { type UnaryRow, unaryRows } from '../../elementwise/unary.js';
import {
  attributeName,
  attributesOf,
  broadcastsOf,
  inputsOfStep,
  type Step,
  stepName,
} from './steps.js';

/** Value of every element of a step's other tensors. */
export const STEP_OPERAND = 1;

/** Returns the value of a uniform. */
type Uniform = (name: string) => number | readonly number[] | undefined;

/**
 * Returns a value before and after each step, if the steps' other tensors are all STEP_OPERAND. Returns
 * null if nothing can be said of the last one, because a small error of a value on the way may have
 * changed it by much: it may have been rounded to another number, or compared the other way.
 * @param tolerance error of a value on the way, relative to 1 or to the value
 */
export function afterSteps(
  sum: number,
  steps: readonly Step[],
  uniform: Uniform,
  tolerance = 0,
): number[] | null {
  const values = [sum];
  for (const [index, step] of steps.entries()) {
    const { of = index } = step;
    const before = values[of];
    const near = (value: number) =>
      afterStep(touchstone(step), index, values.with(of, value), uniform);
    // The sum itself is exact.
    const error = of === 0 ? 0 : tolerance * Math.max(1, Math.abs(before));
    if (error > 0 && isTouchy(near(before), near(before - error), near(before + error)))
      return null;
    values.push(Math.fround(afterStep(step, index, values, uniform)));
  }
  return values;
}

/** Largest change of a result, relative to 1 or to the result, by a small error of the value. */
const MOST_CHANGE = 2 ** -6;

function isTouchy(value: number, ...nearby: readonly number[]): boolean {
  const most = MOST_CHANGE * Math.max(1, Math.abs(value));
  return !nearby.every((other) => Object.is(other, value) || Math.abs(other - value) <= most);
}

/** Returns the step, or one that changes where a test for equality may. */
function touchstone(step: Step): Step {
  return step.op === 'equal' || step.op === 'notEqual' ? { ...step, op: 'less' } : step;
}

/** @param values the values before each step up to this one */
function afterStep(step: Step, index: number, values: readonly number[], uniform: Uniform): number {
  const value = values[step.of ?? index];
  const of = (part: string) => Number(uniform(stepName(index, part)));
  if (step.op === 'batchNorm') {
    const factor = STEP_OPERAND / Math.sqrt(STEP_OPERAND + of('Epsilon'));
    return (value - STEP_OPERAND) * factor + (step.offset ? STEP_OPERAND : 0);
  }
  if ('operand' in step || 'operands' in step) {
    const others = broadcastsOf(step).map((broadcast) => {
      if (broadcast === 'uniform') return of('Value');
      return typeof broadcast === 'number' ? values[broadcast] : STEP_OPERAND;
    });
    const inputs = inputsOfStep(step, value, others);
    if (step.op === 'addN') return inputs.reduce((a, b) => a + b);
    if (step.op === 'select') return inputs[0] === 0 ? inputs[2] : inputs[1];
    return (binaryRows[step.op] as BinaryRow).reference(inputs[0], inputs[1]);
  }
  if (step.op === 'truncate') return Math.trunc(value) || 0;
  const attributes = attributesOf(step.op).map((name) => of(attributeName(name)));
  return (unaryRows[step.op] as UnaryRow).reference(value, ...attributes);
}
