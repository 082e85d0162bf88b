/** Calls without a meaning, which our backends refuse whatever stock does. */
import { type ConvCase, outputOf } from '../../src/validator/index.js';
import type { Wild } from './fuzzCase.js';
import { type Shape4, shapeOf, sizesOf } from './shapes.js';

type Pair = readonly [number, number];

/** Returns a value as one number for each axis, or null if tfjs does not accept it. */
function pairOf(value: unknown): Pair | null {
  const [down, across] = Array.isArray(value) ? value : [value, value];
  const isWhole = [down, across].every((v) => Number.isInteger(v) && v > 0);
  return isWhole ? [down, across] : null;
}

/** Returns top, bottom, left, right of an explicit pad, and any other pad unchanged. */
function padOf(pad: unknown, format: ConvCase['format']): unknown {
  if (!Array.isArray(pad) || pad.length !== 4 || !pad.every(Array.isArray)) return pad;
  const [, rows, cols] = sizesOf(pad as unknown as Shape4, format) as unknown as number[][];
  return [...rows, ...cols];
}

const isPad = (pad: unknown): pad is ConvCase['pad'] =>
  pad === 'same' || pad === 'valid' || [pad].flat().every((side) => Number.isInteger(side));

/** Returns the arguments of a call with the wild values in place. */
function argumentsOf(c: ConvCase, wild: Wild) {
  const given = (name: string, usual: unknown) =>
    wild[name] === undefined ? usual : (wild[name] as never);
  const format = given('dataFormat', c.format) as ConvCase['format'];
  // Depthwise convolutions read every input as NHWC, whatever dataFormat says.
  const order = c.kernel === 'depthwiseConv2d' ? 'NHWC' : format;
  const x = given('x', shapeOf(c.in, c.format)) as number[];
  return {
    kernel: c.kernel,
    format,
    order,
    x: (x.length === 3 ? [1, ...x] : x) as unknown as Shape4,
    filter: given('filter', c.filter) as Shape4,
    strides: given('strides', c.stride) as unknown,
    dilations: (given('dilations', c.dilation) ?? 1) as unknown,
    pad: 'pad' in wild ? padOf(wild.pad, order) : c.pad,
    rounding: given('dimRoundingMode', c.rounding) as ConvCase['rounding'] | null,
    bias: given('bias', c.bias) as readonly number[] | undefined,
    slopes: given('preluActivationWeights', c.prelu) as readonly number[] | undefined,
  };
}

type Arguments = ReturnType<typeof argumentsOf>;

/** Returns the shape of the result in the format's order, or null if the arguments define none. */
function resultOf({ kernel, order, x, filter, pad, rounding, ...rest }: Arguments): Shape4 | null {
  const [stride, dilation] = [pairOf(rest.strides), pairOf(rest.dilations)];
  if (!['NHWC', 'NCHW'].includes(order) || stride === null || dilation === null) return null;
  if (x.length !== 4 || filter.length !== 4 || !isPad(pad)) return null;
  const sizes = sizesOf(x, order);
  const geometry = { in: sizes, filter, stride, pad, dilation, rounding: rounding ?? undefined };
  const { rows, cols } = outputOf(geometry);
  const depth = kernel === 'depthwiseConv2d' ? filter[2] * filter[3] : filter[3];
  return shapeOf([sizes[0], rows, cols, depth], order);
}

/** True if the result would have a negative size. */
function isNegative(args: Arguments): boolean {
  const shape = resultOf(args);
  if (shape === null) return false;
  const [, rows, cols] = sizesOf(shape, args.order);
  return rows < 0 || cols < 0;
}

/** True if an operand does not broadcast to the result, or would enlarge it. */
function isUnfit(operand: readonly number[] | undefined, args: Arguments): boolean {
  const shape = resultOf(args);
  if (shape === null || operand === undefined) return false;
  const aligned = operand.length === 1 && args.order === 'NCHW' ? [operand[0], 1, 1] : operand;
  if (aligned.length > 4) return true;
  return aligned.some((size, i) => size !== 1 && size !== shape[4 - aligned.length + i]);
}

/** Our error messages for such calls, each with a check that the message applies. */
const refusals: readonly (readonly [text: RegExp, isRight: (args: Arguments) => boolean])[] = [
  [/the dilated filter .* is larger than the padded input/, isNegative],
  [/the output would be .*, because tfjs applies the filter's height/, isNegative],
  [
    /channels, but the filter .* is for .*; dataFormat NCHW is read as NHWC here/,
    ({ kernel, format, x, filter }) =>
      kernel === 'depthwiseConv2d' && format === 'NCHW' && x[3] !== filter[2],
  ],
  [/strides must be whole numbers/, ({ strides }) => pairOf(strides) === null],
  [/dilations must be whole numbers/, ({ dilations }) => pairOf(dilations) === null],
  [/pad must be whole numbers/, ({ pad }) => !isPad(pad)],
  [/bias of shape .* does not broadcast to the output/, (args) => isUnfit(args.bias, args)],
  [
    /PReLU weights of shape .* does not broadcast to the output/,
    (args) => isUnfit(args.slopes, args),
  ],
];

/**
 * True if a call has no meaning and the error names the right reason. Stock must not run such a
 * call, because there it is an endless loop, a crash, a tensor of impossible size, values from
 * between the pixels, or a bias that enlarges the result.
 */
export function isMeaningless(error: unknown, c: ConvCase, wild: Wild): boolean {
  if (!(error instanceof Error)) return false;
  const said = refusals.find(([text]) => text.test(error.message));
  return said?.[1](argumentsOf(c, wild)) ?? false;
}
