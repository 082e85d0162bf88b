/** Reader of .tflite files: tensors, constants and operators of the first subgraph, and what its options mean. */
import { Table } from './flatbuffer.js';

/** Builtin operators by their numbers in TensorFlow Lite's schema, as far as the nets here use them. */
const builtins: Readonly<Record<number, string>> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  5: 'DEPTH_TO_SPACE',
  6: 'DEQUANTIZE',
  9: 'FULLY_CONNECTED',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  21: 'RELU6',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  25: 'SOFTMAX',
  32: 'CUSTOM',
  34: 'PAD',
  40: 'MEAN',
  41: 'SUB',
  54: 'PRELU',
  67: 'TRANSPOSE_CONV',
  117: 'HARD_SWISH',
  124: 'DENSIFY',
};

const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;

export interface TfliteTensor {
  /** Name in the file; not in nets that are made in code. */
  readonly name?: string;
  readonly shape: readonly number[];
  readonly isFloat: boolean;
  /** Values of a constant; null for a tensor that is computed. */
  readonly values: Float32Array | Int32Array | null;
}

/** Options of an operator by the numbers of their fields in TensorFlow Lite's schema. */
export type TfliteOptions = Pick<Table, 'int8' | 'int32' | 'float32'>;

export interface TfliteOperator {
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: TfliteOptions | null;
  /** Options of a custom operator. */
  readonly customOptions: Uint8Array;
}

export interface TfliteNet {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * Reads a net. Constants that an operator dequantizes or makes dense are those of its output, without the operator.
 * @throws Error if the file has an operator or a type that is not known here
 */
export function readTflite(bytes: Uint8Array): TfliteNet {
  const model = Table.root(bytes);
  const names = model.tables(1).map((code) => {
    const number = Math.max(code.int8(0), code.int32(3));
    const name = builtins[number];
    if (name === undefined) throw new Error(`tflite: builtin operator ${number} is not known`);
    return name === 'CUSTOM' ? code.text(1) : name;
  });
  const [graph] = model.tables(2);
  const buffers = model.tables(4);
  return withoutDecoding({
    tensors: graph.tables(0).map((tensor) => tensorOf(tensor, buffers)),
    inputs: graph.int32s(1),
    outputs: graph.int32s(2),
    operators: graph.tables(3).map((operator) => ({
      name: names[operator.int32(0)],
      inputs: operator.int32s(1),
      outputs: operator.int32s(2),
      options: operator.table(4),
      customOptions: operator.bytes(5),
    })),
  });
}

function withoutDecoding(net: TfliteNet): TfliteNet {
  const tensors = [...net.tensors];
  const operators = net.operators.filter(({ name, inputs, outputs }) => {
    const { values } = tensors[inputs[0]];
    if (values === null || (name !== 'DEQUANTIZE' && name !== 'DENSIFY')) return true;
    tensors[outputs[0]] = { ...tensors[outputs[0]], values };
    return false;
  });
  return { ...net, tensors, operators };
}

export type Activation = 'linear' | 'relu' | 'relu6';

/** Returns the activation of a number in TensorFlow Lite's schema. */
export function activationOf(number: number): Activation {
  switch (number) {
    case 0:
      return 'linear';
    case 1:
      return 'relu';
    case 3:
      return 'relu6';
  }
  throw new Error(`tflite: activation ${number} is not known; 0, 1 (relu) and 3 (relu6) are`);
}

/** Returns the padding of a convolution or a pool. */
export function padOf(options: TfliteOptions): 'same' | 'valid' {
  return options.int8(0) === 0 ? 'same' : 'valid';
}

/** Reads strides [down, across] of a convolution or a pool. */
export function stridesOf(options: TfliteOptions): [number, number] {
  return [options.int32(2, 1), options.int32(1, 1)];
}

/** Options of Convolution2DTransposeBias, MediaPipe's operator: a TfLiteTransposeConvParams. */
export function transposedOptions(custom: Uint8Array) {
  const [padding, across, down] = new Int32Array(custom.slice(0, 12).buffer);
  return {
    pad: padding === 1 ? 'same' : 'valid',
    strides: [down, across] as [number, number],
  } as const;
}

function tensorOf(tensor: Table, buffers: readonly Table[]): TfliteTensor {
  const name = tensor.text(3);
  const shape = tensor.int32s(0);
  const type = tensor.int8(1);
  const data = buffers[tensor.int32(2)].bytes(0);
  if (data.length === 0) return { name, shape, isFloat: type !== INT32, values: null };
  const sparsity = tensor.table(6);
  const stored = valuesOf(type, data);
  const values = sparsity === null ? stored : dense(stored, shape, sparsity);
  return { name, shape, isFloat: type !== INT32, values };
}

function valuesOf(type: number, { buffer }: Uint8Array<ArrayBuffer>): Float32Array | Int32Array {
  if (type === FLOAT32) return new Float32Array(buffer);
  if (type === FLOAT16) return Float32Array.from(new Uint16Array(buffer), halfFloat);
  if (type === INT32) return new Int32Array(buffer);
  throw new Error(`tflite: a constant of type ${type} is not known`);
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Levels of a sparse tensor: all places of an axis, or those in a list. */
type Level =
  | { readonly size: number }
  | { readonly segments: readonly number[]; readonly indices: readonly number[] };

/**
 * Returns all values of a sparse tensor. Its axes are traversed in a given order, those of blocks last,
 * as TensorFlow Lite's FormatConverter does.
 */
function dense(
  stored: Float32Array | Int32Array,
  shape: readonly number[],
  sparsity: Table,
): Float32Array {
  const order = sparsity.int32s(0);
  const blockMap = sparsity.int32s(1);
  const levels = sparsity.tables(2).map(levelOf);
  const rank = shape.length;
  const blocks = blockMap.map((_, i) => {
    const level = levels[order.indexOf(rank + i)];
    return 'size' in level ? level.size : 1;
  });
  const all = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const place: number[] = new Array(order.length).fill(0);
  let next = 0;

  function write(): void {
    const at = place.slice(0, rank);
    for (const [i, axis] of blockMap.entries()) at[axis] = at[axis] * blocks[i] + place[rank + i];
    all[at.reduce((flat, index, axis) => flat * shape[axis] + index, 0)] = stored[next++];
  }

  function walk(depth: number, parent: number): void {
    if (depth === levels.length) {
      write();
      return;
    }
    const level = levels[depth];
    if ('size' in level) {
      for (let i = 0; i < level.size; i++) {
        place[order[depth]] = i;
        walk(depth + 1, parent * level.size + i);
      }
      return;
    }
    for (let i = level.segments[parent]; i < level.segments[parent + 1]; i++) {
      place[order[depth]] = level.indices[i];
      walk(depth + 1, i);
    }
  }

  walk(0, 0);
  return all;
}

function levelOf(level: Table): Level {
  if (level.int8(0) === 0) return { size: level.int32(1) };
  return { segments: indicesOf(level, 2), indices: indicesOf(level, 4) };
}

/** Reads a union of vectors: of int32, uint16 or uint8. */
function indicesOf(level: Table, field: number): number[] {
  const vector = level.table(field + 1);
  if (vector === null) return [];
  switch (level.int8(field)) {
    case 1:
      return vector.int32s(0);
    case 2:
      return vector.uint16s(0);
    default:
      return [...vector.bytes(0)];
  }
}
