/** Untyped calls, as plain JavaScript may make them: any value in place of an argument. */
import * as tf from '@tensorflow/tfjs-core';
import { tfjsPad } from '../../src/validator/convOps.js';
import {
  type CaseInputs,
  type ConvCase,
  caseInputs,
  type Numbers,
} from '../../src/validator/index.js';
import { makeOperands } from '../../src/validator/operands.js';
import type { Wild } from './fuzzCase.js';

type Args = Record<string, unknown>;

const loose = tf as unknown as Record<string, (...args: unknown[]) => tf.Tensor>;
const looseFused = tf.fused as unknown as Record<string, (args: Args) => tf.Tensor>;

/** Arguments that only the fused op accepts. */
const ofFused = ['bias', 'activation', 'preluActivationWeights', 'leakyreluAlpha'];

/** Repeats or truncates the values to fit another shape. */
function reshaped(numbers: Numbers | null, shape: unknown): Numbers | null {
  if (!Array.isArray(shape)) return numbers;
  const given = numbers?.values.length ? numbers.values : Float32Array.of(1, -2, 3);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, (_, i) => given[i % given.length]) };
}

function wildInputs(c: ConvCase, wild: Wild, inputSeed: number): CaseInputs {
  const { filter, bias, prelu } = caseInputs(c);
  const { x } = caseInputs({ ...c, seed: inputSeed });
  return {
    x: reshaped(x, wild.x) as Numbers,
    filter: reshaped(filter, wild.filter) as Numbers,
    bias: reshaped(bias, wild.bias),
    prelu: reshaped(prelu, wild.preluActivationWeights),
  };
}

export interface WildCall {
  /** Creates the tensors of the call. The caller disposes of them. */
  hold(): object;
  run(held: object): tf.Tensor;
}

/** Returns the call of a convolution in which wild values replace some arguments. */
export function wildCall(c: ConvCase, wild: Wild, inputSeed = c.seed): WildCall {
  const { x: _x, filter: _f, bias: _b, preluActivationWeights: _p, dtypes, ...attributes } = wild;
  const isFused = c.activation !== undefined || ofFused.some((name) => name in wild);
  return {
    hold: () => {
      const { prelu, ...operands } = makeOperands(c, wildInputs(c, wild, inputSeed));
      const held: Record<string, tf.Tensor | undefined> = {
        ...operands,
        preluActivationWeights: prelu,
      };
      for (const [name, dtype] of Object.entries((dtypes ?? {}) as Record<string, tf.DataType>)) {
        const tensor = held[name];
        if (tensor !== undefined) held[name] = tf.cast(tensor, dtype);
      }
      return held;
    },
    run: (held) => {
      const args: Args = {
        strides: [...c.stride],
        pad: tfjsPad(c),
        dataFormat: c.format,
        dilations: [...c.dilation],
        dimRoundingMode: c.rounding,
        activation: c.activation,
        leakyreluAlpha: c.alpha,
        ...held,
        ...attributes,
      };
      if (isFused) return looseFused[c.kernel](args);
      const { x, filter, strides, pad, dataFormat, dilations, dimRoundingMode } = args;
      return loose[c.kernel](x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
    },
  };
}
