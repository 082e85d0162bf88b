/** Translation of .tflite nets to ONNX, with their weights, operator by operator; images become NCHW. */
import {
  activationOf,
  padOf,
  stridesOf,
  type TfliteNet,
  type TfliteOperator,
  type TfliteOptions,
  transposedOptions,
} from '../tflite/tflite.js';
import { OnnxGraph, permuted, toNchw, toNhwc } from './graph.js';
import { encodeOnnx } from './schema.js';

/** Defines the output of an operator. */
type Translation = (graph: OnnxGraph, operator: TfliteOperator) => void;

/** Axes of NCHW by those of NHWC. */
const axisOf = [0, 2, 3, 1];

/** All translations, by the operator's name. */
const translations: Readonly<Record<string, Translation>> = {
  ADD: binary('Add'),
  AVERAGE_POOL_2D: pool('AveragePool'),
  CONCATENATION: (graph, { inputs, outputs: [output], options }) => {
    const rank = graph.shape(output).length;
    const given = options!.int32(0);
    const axis = given < 0 ? given + rank : given;
    const attributes = { axis: rank === 4 ? axisOf[axis] : axis };
    const names = inputs.map((input) => graph.name(input));
    graph.define(output, activated(graph, graph.node('Concat', names, attributes), options, 1));
  },
  CONV_2D: (graph, operator) => {
    const filter = graph.weights(operator.inputs[1], [0, 3, 1, 2]);
    convolution(graph, operator, filter, 1, 3);
  },
  Convolution2DTransposeBias: transposedConvolution,
  DEPTH_TO_SPACE: (graph, { inputs: [x], outputs: [output], options }) => {
    const attributes = { blocksize: options!.int32(0), mode: 'DCR' };
    graph.define(output, graph.node('DepthToSpace', [graph.name(x)], attributes));
  },
  DEPTHWISE_CONV_2D: (graph, operator) => {
    const [x, weights] = operator.inputs;
    // From [1, height, width, outputs]: the outputs of a channel lie side by side in both formats.
    const filter = graph.weights(weights, [3, 0, 1, 2]);
    convolution(graph, operator, filter, graph.shape(x)[3], 4);
  },
  HARD_SWISH: unary('HardSwish'),
  LOGISTIC: unary('Sigmoid'),
  MAX_POOL_2D: pool('MaxPool'),
  MEAN: mean,
  MUL: binary('Mul'),
  PAD: (graph, { inputs: [x, sides], outputs: [output] }) => {
    const flat = [...constant(graph, sides, 'PAD')];
    const before = flat.filter((_, i) => i % 2 === 0);
    const after = flat.filter((_, i) => i % 2 === 1);
    const order = before.length === 4 ? toNchw : before.map((_, axis) => axis);
    const pads = graph.integers([...permuted(before, order), ...permuted(after, order)]);
    graph.define(output, graph.node('Pad', [graph.name(x), pads]));
  },
  PRELU: (graph, { inputs: [x, slope], outputs: [output] }) => {
    graph.define(output, graph.node('PRelu', [graph.name(x), operand(graph, slope, output)]));
  },
  RELU: unary('Relu'),
  RELU6: (graph, { inputs: [x], outputs: [output] }) => {
    graph.define(output, relu6(graph, graph.name(x)));
  },
  RESHAPE: (graph, { inputs: [x], outputs: [output] }) => reshape(graph, graph.nhwc(x), output),
  RESIZE_BILINEAR: (graph, { inputs: [x], outputs: [output], options }) => {
    const sizes = graph.integers(permuted(graph.shape(output), toNchw));
    const half = options!.int8(3) === 1 ? 'half_pixel' : 'asymmetric';
    const coordinates = options!.int8(2) === 1 ? 'align_corners' : half;
    graph.define(
      output,
      graph.node('Resize', [graph.name(x), '', '', sizes], {
        mode: 'linear',
        coordinate_transformation_mode: coordinates,
      }),
    );
  },
  SUB: binary('Sub'),
};

/**
 * Translates a net to a model of ONNX with the same weights, whose inputs `input0`, ... and outputs `output0`, ...
 * have the shapes of the file.
 * @returns the bytes of an .onnx file
 * @throws Error with the operators that have no translation
 */
export function onnxOf(net: TfliteNet): Uint8Array {
  const names = new Set(net.operators.map(({ name }) => name));
  const unknown = [...names].filter((name) => !(name in translations));
  if (unknown.length > 0) throw new Error(`onnx: no translation of ${unknown.join(', ')}`);
  const graph = new OnnxGraph(net);
  for (const operator of net.operators) translations[operator.name](graph, operator);
  return encodeOnnx(graph.model());
}

function unary(opType: string): Translation {
  return (graph, { inputs: [x], outputs: [output] }) => {
    graph.define(output, graph.node(opType, [graph.name(x)]));
  };
}

function binary(opType: string): Translation {
  return (graph, { inputs, outputs: [output], options }) => {
    const names = inputs.map((input) => operand(graph, input, output));
    graph.define(output, activated(graph, graph.node(opType, names), options, 0));
  };
}

/** Returns the name of an operand that is broadcast to the shape of a result. */
function operand(graph: OnnxGraph, tensor: number, result: number): string {
  const shape = graph.shape(tensor);
  const rank = graph.shape(result).length;
  if (graph.values(tensor) === null) {
    if (shape.length === rank || rank < 4) return graph.name(tensor);
    throw new Error(`onnx: no translation of an operand [${shape}] of an image`);
  }
  const wide = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const order = rank === 4 ? toNchw : wide.map((_, axis) => axis);
  return graph.weights(tensor, order, wide);
}

/** Returns the name of a result after the activation in a field of the options. */
function activated(
  graph: OnnxGraph,
  x: string,
  options: TfliteOptions | null,
  field: number,
): string {
  const activation = activationOf(options?.int8(field) ?? 0);
  if (activation === 'linear') return x;
  return activation === 'relu' ? graph.node('Relu', [x]) : relu6(graph, x);
}

function relu6(graph: OnnxGraph, x: string): string {
  const [least, most] = [0, 6].map((value) => graph.floats(Float32Array.of(value), []));
  return graph.node('Clip', [x, least, most]);
}

/** @param activation field of the activation; the dilations are the two after it, across and down */
function convolution(
  graph: OnnxGraph,
  { inputs: [x, weights, bias], outputs: [output], options }: TfliteOperator,
  filter: string,
  group: number,
  activation: number,
): void {
  const fields = options as TfliteOptions;
  const strides = stridesOf(fields);
  const dilations = [fields.int32(activation + 2, 1), fields.int32(activation + 1, 1)];
  const kernel = graph.shape(weights).slice(1, 3);
  const pads = padsOf(padOf(fields), graph.shape(x), graph.shape(output), {
    ...{ kernel, strides, dilations },
  });
  const inputs = [graph.name(x), filter, ...biasOf(graph, bias)];
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group };
  graph.define(
    output,
    activated(graph, graph.node('Conv', inputs, attributes), fields, activation),
  );
}

/** Translates a transposed convolution with a filter [outputs, height, width, inputs]. */
function transposedConvolution(
  graph: OnnxGraph,
  { inputs: [x, weights, bias], outputs: [output], customOptions }: TfliteOperator,
): void {
  const { pad, strides } = transposedOptions(customOptions);
  const kernel = graph.shape(weights).slice(1, 3);
  const [input, result] = [graph.shape(x), graph.shape(output)];
  // The pads of the convolution that it transposes, from the result to the input.
  const pads = padsOf(pad, result, input, { kernel, strides, dilations: [1, 1] });
  const added = kernel.map((size, i) => {
    const covered = (input[i + 1] - 1) * strides[i] + size - pads[i] - pads[i + 2];
    return result[i + 1] - covered;
  });
  const filter = graph.weights(weights, [3, 0, 1, 2]);
  graph.define(
    output,
    graph.node('ConvTranspose', [graph.name(x), filter, ...biasOf(graph, bias)], {
      ...{ kernel_shape: kernel, strides, pads, output_padding: added },
    }),
  );
}

/** Returns the bias as an optional last input; TensorFlow Lite has -1, or nothing, for none. */
function biasOf(graph: OnnxGraph, bias: number | undefined): string[] {
  return bias === undefined || bias < 0 ? [] : [graph.weights(bias, [0])];
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/** Returns pads [top, left, bottom, right] of a window over an image; TensorFlow puts the odd one at the end. */
function padsOf(
  pad: 'same' | 'valid',
  input: readonly number[],
  output: readonly number[],
  { kernel, strides, dilations }: Window,
): number[] {
  if (pad === 'valid') return [0, 0, 0, 0];
  const totals = kernel.map((size, i) => {
    const covered = (output[i + 1] - 1) * strides[i] + (size - 1) * dilations[i] + 1;
    return Math.max(0, covered - input[i + 1]);
  });
  const before = totals.map((total) => total >> 1);
  return [...before, ...totals.map((total, i) => total - before[i])];
}

function pool(opType: 'AveragePool' | 'MaxPool'): Translation {
  return (graph, { inputs: [x], outputs: [output], options }) => {
    const fields = options as TfliteOptions;
    const kernel = [fields.int32(4), fields.int32(3)];
    const input = graph.shape(x);
    const strides = stridesOf(fields);
    const pads = padsOf(padOf(fields), input, graph.shape(output), {
      ...{ kernel, strides, dilations: [1, 1] },
    });
    const isWhole = kernel[0] === input[1] && kernel[1] === input[2] && pads.every((n) => n === 0);
    const pooled = isWhole
      ? graph.node(`Global${opType}`, [graph.name(x)])
      : graph.node(opType, [graph.name(x)], { kernel_shape: kernel, strides, pads });
    graph.define(output, activated(graph, pooled, fields, 5));
  };
}

function mean(
  graph: OnnxGraph,
  { inputs: [x, axes], outputs: [output], options }: TfliteOperator,
): void {
  const rank = graph.shape(x).length;
  const given = [...constant(graph, axes, 'MEAN')].map((axis) => (axis < 0 ? axis + rank : axis));
  const isKept = options?.int8(0) === 1;
  if (rank !== 4) {
    const attributes = { axes: given, keepdims: isKept ? 1 : 0 };
    graph.define(output, graph.node('ReduceMean', [graph.name(x)], attributes));
    return;
  }
  const isOfPixels = given.length === 2 && given.includes(1) && given.includes(2);
  const kept = isOfPixels
    ? graph.node('GlobalAveragePool', [graph.name(x)])
    : graph.node('ReduceMean', [graph.name(x)], { axes: given.map((axis) => axisOf[axis]) });
  if (isKept) graph.define(output, kept);
  else reshape(graph, graph.node('Transpose', [kept], { perm: toNhwc }), output);
}

/** Defines a tensor by values in the order of the file. */
function reshape(graph: OnnxGraph, values: string, output: number): void {
  const shape = graph.integers(graph.shape(output));
  graph.defineNhwc(output, graph.node('Reshape', [values, shape]));
}

function constant(graph: OnnxGraph, tensor: number, operator: string): Int32Array {
  const values = graph.values(tensor);
  if (values === null) throw new Error(`onnx: no translation of ${operator} by computed numbers`);
  return values as Int32Array;
}
