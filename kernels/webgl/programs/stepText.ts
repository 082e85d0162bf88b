/** GLSL of a single epilogue step. */
import { callOf, type FunctionOp } from '../glsl/stepFunctions.js';
import type { Tile } from '../layout/tile.js';
import { type OperandText, operandText } from './operandText.js';
import { range, type Samplers } from './source.js';
import {
  attributeName,
  attributesOf,
  type BatchNormStep,
  type BinaryStep,
  broadcastsOf,
  inputsOfStep,
  type ManyStep,
  type Step,
  stepName,
  stepOperands,
  type UnaryStep,
} from './steps.js';

export interface StepText {
  readonly samplers: readonly Samplers[];
  /** GLSL before main, without the function of the op. */
  readonly chunks: readonly string[];
  /** Ops whose functions the value calls. */
  readonly ops: readonly FunctionOp[];
  /** Lines of main that all planes share. */
  readonly before: readonly string[];
  /** GLSL of the value after the step; `earlier(k)` is the value before step k. */
  value(earlier: (k: number) => string, plane: number, slice: number): string;
}

/** Returns GLSL of the step at this index among the steps of a program with this output tile. */
export function stepText(step: Step, index: number, out: Tile): StepText {
  const operands = stepOperands(step).map(({ part, broadcast }) =>
    operandText(stepName(index, part), broadcast, out),
  );
  const text = {
    samplers: operands.flatMap(({ samplers }) => samplers),
    chunks: operands.flatMap(({ chunks }) => chunks),
    before: operands.flatMap(({ before }) => before),
  };
  if (step.op === 'batchNorm') return batchNormText(step, index, out, text);
  if (!('operand' in step) && !('operands' in step)) return { ...text, ...unaryText(step, index) };
  const uniform = stepName(index, 'Value');
  const isGiven = broadcastsOf(step).includes('uniform');
  return {
    ...text,
    chunks: [...text.chunks, ...(isGiven ? [`uniform float ${uniform};`] : [])],
    ops: 'operand' in step ? [step.op] : [],
    value: (earlier, plane, slice) => {
      const inTextures = operands.values();
      const others = broadcastsOf(step).map((broadcast) => {
        if (typeof broadcast === 'number') return earlier(broadcast);
        if (broadcast === 'uniform') return `vec4(${uniform})`;
        return (inTextures.next().value as OperandText).value(plane, slice);
      });
      return resultText(step, inputsOfStep(step, earlier(step.of ?? index), others));
    },
  };
}

function resultText(step: BinaryStep | ManyStep, inputs: readonly string[]): string {
  if (step.op === 'addN') return inputs.join(' + ');
  if (step.op !== 'select') return callOf(step.op, ...inputs);
  const [condition, yes, no] = inputs;
  return `mix(${no}, ${yes}, notEqual(${condition}, vec4(0.0)))`;
}

function unaryText({ op, of }: UnaryStep & Step, index: number) {
  const uniforms = attributesOf(op).map((name) => stepName(index, attributeName(name)));
  return {
    chunks: uniforms.map((name) => `uniform float ${name};`),
    ops: [op],
    value: (earlier: (k: number) => string) => callOf(op, earlier(of ?? index), ...uniforms),
  };
}

function batchNormText(
  { offset, scale, of: before }: BatchNormStep & Step,
  index: number,
  out: Tile,
  text: Pick<StepText, 'samplers' | 'chunks' | 'before'>,
): StepText {
  const of = (part: string, slice: number) => `${stepName(index, part)}_${slice}`;
  const factor = (slice: number) => of('Factor', slice);
  const epsilon = stepName(index, 'Epsilon');
  return {
    ...text,
    chunks: [...text.chunks, `uniform float ${epsilon};`],
    ops: [],
    before: [
      ...text.before,
      ...range(out.c).map(
        (q) =>
          `  vec4 ${factor(q)} = ${scale ? of('Scale', q) : '1.0'} * inversesqrt(${of('Variance', q)} + ${epsilon});`,
      ),
    ],
    value: (earlier, _plane, slice) =>
      `(${earlier(before ?? index)} - ${of('Mean', slice)}) * ${factor(slice)}${offset ? ` + ${of('Offset', slice)}` : ''}`,
  };
}
