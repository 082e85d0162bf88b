/** Runs a .tflite net through tfjs ops, with its weights, so that backends can be compared on it. */
import * as tf from '@tensorflow/tfjs-core';
import {
  activationOf,
  padOf,
  stridesOf,
  type TfliteNet,
  type TfliteOperator,
  type TfliteOptions,
  transposedOptions,
} from '../../tflite/tflite.js';

export interface TfliteModel {
  readonly inputShape: readonly number[];
  /** Predicts from the inputs in the file's order. */
  predict(...inputs: tf.Tensor[]): tf.Tensor[];
  readonly weights: readonly tf.Tensor[];
  dispose(): void;
}

/** Computes the output of an operator from tensors by their numbers in the file. */
type Run = (values: (tf.Tensor | undefined)[]) => void;

/** @throws Error if the net has an operator that is not known here */
export function loadTflite(net: TfliteNet): TfliteModel {
  const loader = new Loader(net);
  const runs = loader.runs();
  return {
    inputShape: net.tensors[net.inputs[0]].shape,
    predict: (...inputs) =>
      tf.tidy(() => {
        const values: (tf.Tensor | undefined)[] = [];
        for (const [i, input] of net.inputs.entries()) values[input] = inputs[i];
        for (const run of runs) run(values);
        return net.outputs.map((output) => values[output] as tf.Tensor);
      }),
    weights: loader.weights,
    dispose: () => tf.dispose(loader.weights),
  };
}

class Loader {
  readonly weights: tf.Tensor[] = [];
  private readonly constants: (Float32Array | Int32Array | null)[];

  constructor(private readonly net: TfliteNet) {
    this.constants = net.tensors.map(({ values }) => values);
  }

  runs(): Run[] {
    const { operators } = this.net;
    const runs: Run[] = [];
    for (const operator of operators) {
      const [output] = operator.outputs;
      const relu = operator.name.includes('CONV_2D') ? this.reluOf(output) : null;
      runs.push(this.run(operator, relu?.outputs[0] ?? output, relu !== null));
    }
    return runs;
  }

  /** Returns the RELU that alone reads a tensor, to be fused; null for none. */
  private reluOf(tensor: number): TfliteOperator | null {
    const readers = this.net.operators.filter(({ inputs }) => inputs.includes(tensor));
    return readers.length === 1 && readers[0].name === 'RELU' ? readers[0] : null;
  }

  private run(operator: TfliteOperator, output: number, isRelu: boolean): Run {
    const { name, inputs, options, customOptions } = operator;
    const shape = this.net.tensors[output].shape as number[];
    const compute = this.compute(name, inputs, options, customOptions, shape, isRelu);
    return (values) => {
      // A RELU that was fused has been computed already.
      values[output] ??= compute(inputs.map((input) => values[input] as tf.Tensor));
    };
  }

  private compute(
    name: string,
    inputs: readonly number[],
    options: TfliteOptions | null,
    custom: Uint8Array,
    shape: number[],
    isRelu: boolean,
  ): (given: tf.Tensor[]) => tf.Tensor {
    switch (name) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
        return this.convolution(name === 'CONV_2D', inputs, options as TfliteOptions, isRelu);
      case 'Convolution2DTransposeBias':
        return this.transposed(inputs, custom, shape);
      case 'FULLY_CONNECTED':
        return this.product(inputs, options as TfliteOptions, shape);
      case 'SOFTMAX': {
        const beta = options?.float32(0, 1) ?? 1;
        return ([x]) => tf.softmax(beta === 1 ? x : tf.mul(x, beta));
      }
      case 'ADD':
        return this.binary(tf.add, inputs, options);
      case 'MUL':
        return this.binary(tf.mul, inputs, options);
      case 'SUB':
        return this.binary(tf.sub, inputs, options);
      case 'PRELU': {
        const slope = this.weight(inputs[1]);
        return ([x]) => tf.prelu(x, slope);
      }
      case 'RELU':
        return ([x]) => tf.relu(x);
      case 'RELU6':
        return ([x]) => tf.relu6(x);
      case 'LOGISTIC':
        return ([x]) => tf.sigmoid(x);
      case 'HARD_SWISH':
        return ([x]) => tf.mul(tf.mul(x, tf.relu6(tf.add(x, 3))), 1 / 6);
      case 'RESHAPE':
        return ([x]) => tf.reshape(x, shape);
      case 'MEAN': {
        const axes = [...(this.constants[inputs[1]] as Int32Array)];
        return ([x]) => tf.mean(x, axes, options?.int8(0) === 1);
      }
      case 'PAD': {
        const flat = [...(this.constants[inputs[1]] as Int32Array)];
        const sides = Array.from({ length: flat.length / 2 }, (_, i): [number, number] => [
          flat[2 * i],
          flat[2 * i + 1],
        ]);
        return ([x]) => tf.pad(x, sides);
      }
      case 'CONCATENATION':
        return (given) => tf.concat(given, options?.int32(0));
      case 'DEPTH_TO_SPACE':
        return ([x]) => tf.depthToSpace(x as tf.Tensor4D, options?.int32(0) as number, 'NHWC');
      case 'RESIZE_BILINEAR': {
        const size = [...(this.constants[inputs[1]] as Int32Array)] as [number, number];
        const isAligned = options?.int8(2) === 1;
        const isHalf = options?.int8(3) === 1;
        return ([x]) => tf.image.resizeBilinear(x as tf.Tensor4D, size, isAligned, isHalf);
      }
      case 'AVERAGE_POOL_2D':
      case 'MAX_POOL_2D':
        return pool(name === 'MAX_POOL_2D' ? tf.maxPool : tf.avgPool, options as TfliteOptions);
    }
    throw new Error(`tflite: operator ${name} is not known`);
  }

  private convolution(
    isDense: boolean,
    inputs: readonly number[],
    options: TfliteOptions,
    isRelu: boolean,
  ): (given: tf.Tensor[]) => tf.Tensor {
    const filter = isDense ? this.filter(inputs[1], [1, 2, 3, 0]) : this.depthwise(inputs);
    const bias = this.bias(inputs);
    const after = isDense ? 3 : 4;
    const own = activationOf(options.int8(after));
    const common = {
      filter,
      bias,
      strides: stridesOf(options),
      pad: padOf(options),
      dilations: [options.int32(after + 2, 1), options.int32(after + 1, 1)] as [number, number],
      activation: isRelu ? 'relu' : own,
    } as const;
    const op = isDense ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
    return ([x]) => op({ x: x as tf.Tensor4D, ...common } as Parameters<typeof op>[0]);
  }

  /** Computes rows x . weights [units, depth] transposed, of as many rows as the input's values make. */
  private product(
    inputs: readonly number[],
    options: TfliteOptions,
    shape: number[],
  ): (given: tf.Tensor[]) => tf.Tensor {
    const b = this.weight(inputs[1]) as tf.Tensor2D;
    const common = { b, bias: this.bias(inputs), transposeB: true };
    const activation = activationOf(options.int8(0));
    return ([x]) => {
      const a = tf.reshape<tf.Rank.R2>(x, [-1, b.shape[1]]);
      return tf.reshape(tf.fused.matMul({ a, ...common, activation }), shape);
    };
  }

  private transposed(
    inputs: readonly number[],
    custom: Uint8Array,
    shape: number[],
  ): (given: tf.Tensor[]) => tf.Tensor {
    const { pad, strides } = transposedOptions(custom);
    const filter = this.filter(inputs[1], [1, 2, 0, 3]);
    const bias = this.weight(inputs[2]);
    const out = shape as [number, number, number, number];
    return ([x]) => tf.add(tf.conv2dTranspose(x as tf.Tensor4D, filter, out, strides, pad), bias);
  }

  private binary(
    op: typeof tf.add,
    inputs: readonly number[],
    options: TfliteOptions | null,
  ): (given: tf.Tensor[]) => tf.Tensor {
    const constants = inputs.map((input) => (this.constants[input] ? this.weight(input) : null));
    const activation = activationOf(options?.int8(0) ?? 0);
    return (given) => {
      const [a, b] = given.map((x, i) => constants[i] ?? x);
      const y = op(a, b);
      if (activation === 'linear') return y;
      return activation === 'relu' ? tf.relu(y) : tf.relu6(y);
    };
  }

  /** Returns the bias after an input and its weights; undefined for none, which files write as -1. */
  private bias([, , index = -1]: readonly number[]): tf.Tensor | undefined {
    return index < 0 ? undefined : this.weight(index);
  }

  /** Returns a constant as a tensor, which dispose() frees. */
  private weight(index: number): tf.Tensor {
    const { shape } = this.net.tensors[index];
    const weight = tf.tensor(this.constants[index] as Float32Array, [...shape], 'float32');
    this.weights.push(weight);
    return weight;
  }

  private filter(index: number, order: number[]): tf.Tensor4D {
    const filter = tf.tidy(() => {
      const given = tf.tensor(this.constants[index] as Float32Array, [
        ...this.net.tensors[index].shape,
      ]);
      const values = tf.transpose(given, order);
      return tf.tensor4d(values.dataSync(), values.shape as [number, number, number, number]);
    });
    this.weights.push(filter);
    return filter;
  }

  /** Returns a filter [1, height, width, channels * multiplier] as tfjs has it. */
  private depthwise([x, filter]: readonly number[]): tf.Tensor4D {
    const [, height, width, outputs] = this.net.tensors[filter].shape;
    const channels = this.net.tensors[x].shape[3];
    const shape = [height, width, channels, outputs / channels] as [number, number, number, number];
    const weight = tf.tensor4d(this.constants[filter] as Float32Array, shape);
    this.weights.push(weight);
    return weight;
  }
}

function pool(
  op: typeof tf.maxPool | typeof tf.avgPool,
  options: TfliteOptions,
): (given: tf.Tensor[]) => tf.Tensor {
  const size: [number, number] = [options.int32(4), options.int32(3)];
  return ([x]) => op(x as tf.Tensor4D, size, stridesOf(options), padOf(options));
}
