/** Operators translated to ONNX, in onnxruntime-web, against tfjs ops. */
import { expect } from 'chai';
import { onnxOf } from '../../../../../scripts/bench/onnx/translate.js';
import type {
  TfliteNet,
  TfliteOperator,
  TfliteTensor,
} from '../../../../../scripts/bench/tflite/tflite.js';
import { agree, numbers } from '../../../../support/onnxRuntime.js';

const computed = (shape: readonly number[]): TfliteTensor => ({
  ...{ shape, isFloat: true, values: null },
});
const weights = (shape: readonly number[], name = 'weights'): TfliteTensor => ({
  ...{ shape, isFloat: true, values: numbers(shape, name) },
});
const whole = (...values: number[]): TfliteTensor => ({
  ...{ shape: [values.length], isFloat: false, values: Int32Array.from(values) },
});

interface Step {
  /** Constants after the input. */
  readonly constants?: readonly TfliteTensor[];
  /** Options by the numbers of their fields. */
  readonly options?: Readonly<Record<number, number>>;
  readonly custom?: readonly number[];
}

/** Returns a net of one operator on an image. */
function netOf(name: string, from: readonly number[], to: readonly number[], step: Step = {}) {
  const { constants = [], options = {}, custom = [] } = step;
  const field = (number: number, otherwise = 0) => options[number] ?? otherwise;
  const last = constants.length + 1;
  const operator: TfliteOperator = {
    name,
    inputs: [0, ...constants.map((_, i) => i + 1)],
    outputs: [last],
    options: { int8: field, int32: field, float32: field },
    customOptions: new Uint8Array(Int32Array.from(custom).buffer),
  };
  return {
    tensors: [computed(from), ...constants, computed(to)],
    operators: [operator],
    inputs: [0],
    outputs: [last],
  } satisfies TfliteNet;
}

/** Fields of a convolution's options: SAME, strides across and down, activation, dilations across and down. */
const conv = (strides: readonly number[], activation: number, dilations = [1, 1]) => ({
  options: {
    ...{ 0: 0, 1: strides[1], 2: strides[0], 3: activation, 4: dilations[1], 5: dilations[0] },
  },
});
const depthwise = (strides: readonly number[], activation: number, dilations = [1, 1]) => ({
  options: {
    ...{ 0: 0, 1: strides[1], 2: strides[0], 3: 1, 4: activation },
    ...{ 5: dilations[1], 6: dilations[0] },
  },
});

const image = [1, 6, 7, 4];

const nets: Readonly<Record<string, TfliteNet>> = {
  'a convolution whose padding is odd': netOf('CONV_2D', image, [1, 3, 3, 5], {
    constants: [weights([5, 3, 2, 4]), weights([5], 'bias')],
    ...conv([2, 3], 1),
  }),
  'a dilated convolution with relu6': netOf('CONV_2D', image, [1, 6, 7, 5], {
    constants: [weights([5, 3, 2, 4]), weights([5], 'bias')],
    ...conv([1, 1], 3, [2, 3]),
  }),
  'a convolution without padding': netOf('CONV_2D', image, [1, 4, 6, 5], {
    constants: [weights([5, 3, 2, 4]), weights([5], 'bias')],
    options: { 0: 1 },
  }),
  'a depthwise convolution with two outputs a channel': netOf(
    'DEPTHWISE_CONV_2D',
    image,
    [1, 3, 4, 8],
    { constants: [weights([1, 3, 3, 8]), weights([8], 'bias')], ...depthwise([2, 2], 1) },
  ),
  'a dilated depthwise convolution': netOf('DEPTHWISE_CONV_2D', image, image, {
    constants: [weights([1, 3, 3, 4]), weights([4], 'bias')],
    ...depthwise([1, 1], 0, [2, 1]),
  }),
  'a transposed convolution': netOf('Convolution2DTransposeBias', image, [1, 12, 14, 2], {
    constants: [weights([2, 3, 3, 4]), weights([2], 'bias')],
    custom: [1, 2, 2],
  }),
  'a transposed convolution with strides beyond its filter': netOf(
    'Convolution2DTransposeBias',
    image,
    [1, 12, 21, 2],
    { constants: [weights([2, 1, 2, 4]), weights([2], 'bias')], custom: [1, 3, 2] },
  ),
  'a transposed convolution without padding': netOf(
    'Convolution2DTransposeBias',
    image,
    [1, 13, 15, 2],
    { constants: [weights([2, 3, 3, 4]), weights([2], 'bias')], custom: [2, 2, 2] },
  ),
  'a sum with a bias, and relu': netOf('ADD', image, image, {
    constants: [weights([4])],
    options: { 0: 1 },
  }),
  'a difference of an image': netOf('SUB', image, image, { constants: [weights(image)] }),
  'a product with a row': netOf('MUL', image, image, { constants: [weights([7, 1])] }),
  'PRELU with a slope a channel': netOf('PRELU', image, image, {
    constants: [weights([1, 1, 4])],
  }),
  RELU: netOf('RELU', image, image),
  RELU6: netOf('RELU6', image, image),
  LOGISTIC: netOf('LOGISTIC', image, image),
  HARD_SWISH: netOf('HARD_SWISH', image, image),
  'a reshape of an image to rows': netOf('RESHAPE', image, [1, 84, 2]),
  'a reshape of an image to another': netOf('RESHAPE', image, [1, 7, 3, 8]),
  'a mean of all pixels': netOf('MEAN', image, [1, 1, 1, 4], {
    constants: [whole(1, 2)],
    options: { 0: 1 },
  }),
  'a mean of all pixels as a row': netOf('MEAN', image, [1, 4], { constants: [whole(-3, 2)] }),
  'a mean of rows': netOf('MEAN', image, [1, 7, 4], { constants: [whole(1)] }),
  'a mean of channels': netOf('MEAN', image, [1, 6, 7, 1], {
    constants: [whole(3)],
    options: { 0: 1 },
  }),
  'a pad of rows, columns and channels': netOf('PAD', image, [1, 9, 8, 9], {
    constants: [whole(0, 0, 1, 2, 0, 1, 3, 2)],
  }),
  'a larger picture': netOf('RESIZE_BILINEAR', image, [1, 9, 14, 4], { constants: [whole(9, 14)] }),
  'a larger picture with aligned corners': netOf('RESIZE_BILINEAR', image, [1, 9, 14, 4], {
    constants: [whole(9, 14)],
    options: { 2: 1 },
  }),
  'a smaller picture by centres of pixels': netOf('RESIZE_BILINEAR', image, [1, 5, 3, 4], {
    constants: [whole(5, 3)],
    options: { 3: 1 },
  }),
  'depth to space': netOf('DEPTH_TO_SPACE', [1, 3, 2, 12], [1, 6, 4, 3], { options: { 0: 2 } }),
  'an average of windows of unequal size': netOf('AVERAGE_POOL_2D', image, [1, 3, 4, 4], {
    options: { 0: 0, 1: 2, 2: 2, 3: 3, 4: 3 },
  }),
  'an average of the whole image': netOf('AVERAGE_POOL_2D', image, [1, 1, 1, 4], {
    options: { 0: 1, 1: 1, 2: 1, 3: 7, 4: 6 },
  }),
  'a maximum of windows': netOf('MAX_POOL_2D', image, [1, 3, 4, 4], {
    options: { 0: 0, 1: 2, 2: 2, 3: 3, 4: 2 },
  }),
  'a concatenation of channels': {
    ...netOf('CONCATENATION', image, [1, 6, 7, 8], { options: { 0: -1 } }),
    operators: [
      ...netOf('RELU', image, image).operators.map((step) => ({ ...step, outputs: [2] })),
      ...netOf('CONCATENATION', image, image, { options: { 0: -1 } }).operators.map((step) => ({
        ...{ ...step, inputs: [0, 2], outputs: [1] },
      })),
    ],
    tensors: [computed(image), computed([1, 6, 7, 8]), computed(image)],
  },
};

describe('bench: nets translated to ONNX', () => {
  // A few roundings of exact sums: a division, a sigmoid, or weights of neighbours.
  for (const [name, net] of Object.entries(nets)) {
    it(name, () => agree(net, numbers(net.tensors[0].shape, 'input'), 2 ** -20));
  }

  it('names every operator that has no translation', () => {
    const net = netOf('TRANSPOSE_CONV', image, image);
    const other = netOf('SOFTMAX', image, image);
    const both = { ...net, operators: [...net.operators, ...other.operators] };
    expect(() => onnxOf(both)).to.throw('onnx: no translation of TRANSPOSE_CONV, SOFTMAX');
  });
});
