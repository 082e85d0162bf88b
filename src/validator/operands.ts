import * as tf from '@tensorflow/tfjs-core';
import type { Case } from './cases.js';
import type { ConvCase } from './convCase.js';
import type { CaseInputs } from './convInputs.js';
import type { Operands } from './convOps.js';
import type { Inputs } from './inputs.js';
import type { Tensors } from './kernels/kernelRow.js';
import type { Numbers } from './numbers.js';
import { valuesOf } from './read.js';
import { TINY } from './tolerance.js';

type Make = (numbers: Numbers) => tf.Tensor;

const onCpu: Make = ({ values, shape, dtype = 'float32' }) => tf.tensor(values, [...shape], dtype);

/** Makes a tensor as the result of a kernel, which a backend stores wherever it computes. */
const computed: Make = (numbers) => tf.add(onCpu(numbers), tf.scalar(0));

/** Returns the shape as one of an image, with the last axis as its channels. */
function imageShape(shape: readonly number[]): [number, number, number, number] {
  const [height, width, channels] = [1, 1, 1, ...shape].slice(-3);
  if (shape.length === 2) return [width, 1, 1, channels];
  return [shape.slice(0, -3).reduce((a, b) => a * b, 1), height, width, channels];
}

/**
 * Makes a tensor as the result of a depthwise convolution by a filter of 1, which changes no value
 * but the sign of 0.
 */
const convolved: Make = ({ values, shape }) => {
  if (values.length === 0) return onCpu({ values, shape });
  const image = imageShape(shape);
  const x = tf.tensor4d(values, image);
  const y = tf.depthwiseConv2d(x, tf.ones<tf.Rank.R4>([1, 1, image[3], 1]), 1, 'valid');
  return shape.length === 4 ? y : tf.reshape(y, [...shape]);
};

const sources: Readonly<Record<NonNullable<Case['from']>, Make>> = {
  conv: convolved,
  gpu: computed,
  reshape: ({ values, shape }) =>
    tf.reshape(computed({ values, shape: [values.length] }), [...shape]),
  // The slice is from the middle of the first axis, so that a backend may share the memory.
  slice: ({ values, shape }) => {
    if (shape.length === 0) return computed({ values, shape });
    const [first, ...rest] = shape;
    const row = values.length / first;
    const longer = new Float32Array(values.length + 2 * row).fill(1);
    longer.set(values, row);
    const whole = computed({ values: longer, shape: [first + 2, ...rest] });
    return tf.slice(whole, [1, ...rest.map(() => 0)], [...shape]);
  },
};

/**
 * Makes a tensor from a source of floats. A condition is a comparison of such floats; whole numbers,
 * which no source of floats gives, come from the CPU.
 */
function made(make: Make, numbers: Numbers): tf.Tensor {
  const { values, shape, dtype = 'float32' } = numbers;
  if (dtype === 'float32') return make(numbers);
  return dtype === 'bool' ? tf.notEqual(make({ values, shape }), tf.scalar(0)) : onCpu(numbers);
}

/** Error of a source: its kernels changed the values of an input, so a case tells nothing. */
export class InputsChanged extends Error {
  override name = 'InputsChanged';
}

/**
 * Checks that inputs from a source have the values of the case, up to the sign of 0 and to what
 * float32 may flush to 0.
 * @throws InputsChanged that names the first value that differs
 */
export async function checkOperands(
  { from }: Case,
  inputs: Inputs,
  tensors: Tensors,
): Promise<void> {
  if (from === undefined) return;
  for (const [name, { values }] of Object.entries(inputs as Readonly<Record<string, Numbers>>)) {
    const found = await valuesOf(tensors[name]);
    const at = values.findIndex((value, i) => {
      const isFlushed = Math.abs(value) < TINY && Math.abs(found[i]) < TINY;
      return !isFlushed && !Object.is(value, found[i]);
    });
    if (at < 0) continue;
    throw new InputsChanged(`from=${from} makes ${values[at]} of ${name} ${found[at]}`);
  }
}

/**
 * Makes the tensors of a case, from the source that the case names. The caller disposes of them.
 */
export function makeOperands(c: ConvCase, inputs: CaseInputs): Operands;
export function makeOperands(c: Case, inputs: Inputs): Tensors;
export function makeOperands({ from }: Case, inputs: Inputs): object {
  const entries = Object.entries(inputs as Readonly<Record<string, Numbers | null | undefined>>);
  return Object.fromEntries(
    entries.flatMap(([name, numbers]) => {
      if (numbers == null) return [];
      return [[name, from ? made(sources[from], numbers) : onCpu(numbers)]];
    }),
  );
}
