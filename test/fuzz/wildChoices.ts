/** Invalid and unusual arguments for a call. */
import type { ConvCase } from '../../src/validator/index.js';
import type { Wild } from './fuzzCase.js';
import { shapeOf } from './shapes.js';

type WildChoice = (c: ConvCase) => Wild;

const xShape = (c: ConvCase) => [...shapeOf(c.in, c.format)];
const channels = ({ kernel, filter }: ConvCase) =>
  kernel === 'depthwiseConv2d' ? filter[2] * filter[3] : filter[3];

/** Attributes, each with invalid or unusual values. */
const attributes: Readonly<Record<string, readonly unknown[]>> = {
  strides: [0, -1, 1.5, [1, 0], [2], [1, 2, 3], 50, null, Number.NaN, '2', 2, [3, 1]],
  dilations: [0, -1, 1.5, [0, 1], 40, [2, 1], Number.NaN, 3, null],
  pad: [-1, 0.5, 'full', 'SAME', null, Number.NaN, 9, 3],
  dataFormat: ['NHCW', 'channelsLast', 'NCHW', 'NHWC', null],
  dimRoundingMode: ['up', 'ceil', 'round', 'floor', null],
  activation: ['gelu', '', 'RELU', 'relu6', null, 'prelu'],
};

/** Types other than float32, for one operand or for the input and the filter together. */
const dtypes: readonly WildChoice[] = (['int32', 'bool'] as const).flatMap((dtype) => [
  () => ({ dtypes: { x: dtype } }),
  () => ({ dtypes: { filter: dtype } }),
  () => ({ dtypes: { x: dtype, filter: dtype } }),
  (c) => ({ bias: [channels(c)], dtypes: { bias: dtype } }),
  (c) => ({
    activation: 'prelu',
    preluActivationWeights: [channels(c)],
    dtypes: { preluActivationWeights: dtype },
  }),
]);

/** Arguments that are set together. */
const together: readonly WildChoice[] = [
  () => ({ strides: 2, dilations: 2 }),
  () => ({ strides: [2, 1], dilations: [1, 2] }),
  ...[2, -1, 0, 1].map(
    (leakyreluAlpha): WildChoice =>
      () => ({ activation: 'leakyrelu', leakyreluAlpha }),
  ),
];

const pads: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 0],
    [-1, 0],
    [0, 0],
    [0, 0],
  ],
  [
    [0, 0],
    [1, 0.5],
    [0, 0],
    [0, 0],
  ],
  [
    [1, 1],
    [1, 1],
    [1, 1],
    [0, 0],
  ],
  [
    [0, 0],
    [0, 0],
    [2, 1],
    [1, 2],
  ],
  [
    [1, 1],
    [1, 1],
  ],
];

/** Shapes of operands that do not fit, or that fit in an unusual way. */
const shapes: readonly WildChoice[] = [
  (c) => ({ x: xShape(c).slice(1) }),
  (c) => ({ x: xShape(c).slice(2) }),
  (c) => ({ x: [1, ...xShape(c)] }),
  (c) => ({ filter: c.filter.slice(1) }),
  (c) => ({ filter: [c.filter[0], c.filter[1], c.filter[2] + 1, c.filter[3]] }),
  (c) => ({ filter: [0, ...c.filter.slice(1)] }),
  (c) => ({ filter: [c.filter[0] + 60, ...c.filter.slice(1)] }),
  (c) => ({ bias: [channels(c)] }),
  (c) => ({ bias: [channels(c) + 1] }),
  (c) => ({ bias: [2, channels(c)] }),
  (c) => ({ bias: [channels(c), 1, 1] }),
  () => ({ bias: [0] }),
  () => ({ bias: [1, 1, 1, 1, 1] }),
  (c) => ({ activation: 'prelu', preluActivationWeights: [channels(c)] }),
  (c) => ({ activation: 'prelu', preluActivationWeights: [channels(c), 1, 1] }),
  (c) => ({ activation: 'prelu', preluActivationWeights: [1, 1, channels(c) + 1] }),
  () => ({ activation: 'prelu', preluActivationWeights: [1, 1, 1, 1, 1] }),
];

export const wildChoices: readonly WildChoice[] = [
  ...Object.entries(attributes).flatMap(([name, values]) =>
    values.map(
      (value): WildChoice =>
        () => ({ [name]: value }),
    ),
  ),
  ...pads.map(
    (value): WildChoice =>
      () => ({ pad: value }),
  ),
  ...shapes,
  ...dtypes,
  ...together,
];
