import * as tf from '@tensorflow/tfjs-core';
import type { ConvCase } from './convCase.js';
import type { CaseInputs, Numbers } from './inputs.js';

/** Inputs of a case as tensors of the backend in use. */
export interface Operands {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly bias?: tf.Tensor;
  readonly prelu?: tf.Tensor;
  readonly dy?: tf.Tensor4D;
}

type Make = (numbers: Numbers) => tf.Tensor;

const onCpu: Make = ({ values, shape }) => tf.tensor(values, [...shape], 'float32');

/** Makes a tensor as the result of a kernel, which a backend stores wherever it computes. */
const computed: Make = (numbers) => tf.add(onCpu(numbers), tf.scalar(0));

const sources: Record<NonNullable<ConvCase['from']>, Make> = {
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
 * Makes the tensors of a case, from the source that the case names. The caller disposes of them.
 */
export function makeOperands(c: ConvCase, inputs: CaseInputs): Operands {
  const make = c.from ? sources[c.from] : onCpu;
  const made = <T extends tf.Tensor>(numbers: Numbers | null | undefined) =>
    numbers ? (make(numbers) as T) : undefined;
  return {
    x: make(inputs.x) as tf.Tensor4D,
    filter: make(inputs.filter) as tf.Tensor4D,
    bias: made(inputs.bias),
    prelu: made(inputs.prelu),
    dy: made<tf.Tensor4D>(inputs.dy),
  };
}
