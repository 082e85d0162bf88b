/** Generator of random convolutions: the parts that select a program, and the other parts. */
import fc from 'fast-check';
import { activationNames, type ConvCase, contradictionIn } from '../../src/validator/index.js';
import { outSizesOf, type Shape4 } from './shapes.js';

/** Returns an arbitrary that picks among others by their relative weights. */
export function among<T>(
  ...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]
) {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

export const from = <T>(...values: T[]) => fc.constantFrom(...values);
export const upTo = (max: number) => fc.integer({ min: 1, max });

const window = among<[number, number]>(
  [6, from<[number, number]>([3, 3], [1, 1])],
  [3, from<[number, number]>([2, 2], [5, 5], [1, 3], [3, 1])],
  [1, fc.tuple(upTo(7), upTo(7))],
);

const steps = among<[number, number]>(
  [5, from<[number, number]>([1, 1])],
  [3, from<[number, number]>([2, 2])],
  [1, fc.tuple(upTo(4), upTo(4))],
);

const side3 = fc.nat(3);
const pad = among<ConvCase['pad']>(
  [6, from<ConvCase['pad']>('same', 'valid')],
  [2, from<ConvCase['pad']>(1, 0, 2)],
  [1, fc.tuple(side3, side3, side3, side3)],
);

type OperandShape = (sizes: Shape4) => number[];

/** Shapes of a bias, by the sizes of the result. All but the first are for NHWC only. */
const operandShapes = {
  channels: ([, , , c]) => [c],
  scalar: () => [],
  one: () => [1],
  'rank 3': ([, , , c]) => [1, 1, c],
  'rank 4': ([, , , c]) => [1, 1, 1, c],
} satisfies Record<string, OperandShape>;

/**
 * Shapes that vary over pixels, or have other ranks. Stock compiles a program for each size of the
 * result.
 */
const pixelShapes = {
  'rank 2': ([, , , c]) => [1, c],
  row: ([, , w, c]) => [w, c],
  column: ([, h]) => [h, 1, 1],
  pixels: ([, h, w]) => [h, w, 1],
  values: ([, h, w, c]) => [h, w, c],
  all: (sizes) => [...sizes],
  batch: ([n, , , c]) => [n, 1, 1, c],
} satisfies Record<string, OperandShape>;

const allShapes: Readonly<Record<string, OperandShape>> = { ...operandShapes, ...pixelShapes };

const namesOf = (shapes: Record<string, OperandShape>) => from(...Object.keys(shapes));
const operandShape = among<string>([8, from('channels')], [1, namesOf(operandShapes)]);
const pixelShape = namesOf(pixelShapes);

const activation = among<ConvCase['activation']>(
  [3, from<ConvCase['activation']>(undefined)],
  [4, from<ConvCase['activation']>(...activationNames)],
);

const plain = {
  kernel: among<ConvCase['kernel']>(
    [5, from<ConvCase['kernel']>('conv2d')],
    [3, from<ConvCase['kernel']>('depthwiseConv2d')],
    [1, from<ConvCase['kernel']>('conv2dTranspose')],
  ),
  window,
  steps,
  dilates: among([5, from(false)], [1, from(true)]),
  pad,
  isFirst: among([9, from(false)], [1, from(true)]),
  rounding: from<ConvCase['rounding']>(undefined, undefined, 'floor', 'round', 'ceil'),
  activation,
  bias: fc.option(operandShape, { nil: undefined }),
  slopes: operandShape,
};

/** Parts of a convolution that, for the most part, determine its program. */
export const manner = fc.record(plain);

export type Manner = typeof manner extends fc.Arbitrary<infer T> ? T : never;

/** Variation of `manner` with a bias or slopes that vary over pixels. */
export const pixelManner: fc.Arbitrary<Manner> = fc.record({
  ...plain,
  kernel: from<ConvCase['kernel']>('conv2d', 'depthwiseConv2d'),
  isFirst: from(false),
  activation: from<ConvCase['activation']>('linear', 'relu', 'sigmoid', 'prelu', 'prelu'),
  bias: among<string | undefined>([3, pixelShape], [1, from(undefined)]),
  slopes: pixelShape,
});

const side = among([12, upTo(12)], [1, upTo(40)]);
const depth = among([6, upTo(9)], [3, from(4, 8, 16)], [1, upTo(33)]);

const anyMatter = {
  batch: among([5, from(1)], [1, upTo(3)]),
  size: fc.tuple(side, side),
  depth,
  last: depth,
  multiplier: among([3, from(1)], [1, upTo(3)]),
  data: among<ConvCase['data']>(
    [4, from<ConvCase['data']>('int')],
    [3, from<ConvCase['data']>(undefined)],
    [2, from<ConvCase['data']>('nan', 'inf', 'zero', 'weightInf', 'weightNaN', 'denormal', 'huge')],
  ),
  // Rare, because stock compiles a program for each shape that it slices or reshapes.
  from: among<ConvCase['from']>(
    [40, from<ConvCase['from']>(undefined)],
    [1, from<ConvCase['from']>('gpu', 'slice', 'reshape')],
  ),
  alpha: among([2, from(0.3)], [1, from(0, -0.5, 1, 1.75, 0.2)]),
  seed: upTo(99_999),
};

/** Sizes with many channels and few pixels. */
const deepMatter = {
  ...anyMatter,
  batch: from(1),
  size: fc.tuple(upTo(3), upTo(3)),
  depth: from(64, 128, 200, 256, 512),
  last: from(4, 64, 128, 512),
  multiplier: from(1),
};

/** Parts of a convolution that, for the most part, do not affect its program. */
export const matter = among([30, fc.record(anyMatter)], [1, fc.record(deepMatter)]);

/** Sizes with enough input channels (32 or more) for Winograd variants to apply. */
export const wideMatter = fc.record({
  ...anyMatter,
  size: fc.tuple(upTo(11), upTo(11)),
  depth: among([3, from(32, 33, 36)], [1, from(64, 130)]),
  last: among([3, upTo(9)], [1, from(16, 33)]),
});

export type Matter = typeof matter extends fc.Arbitrary<infer T> ? T : never;

/**
 * Returns a convolution that tfjs supports, because not every kernel has NCHW, dilations and fused
 * activations.
 */
export function toConvCase(p: Manner & Matter): ConvCase {
  const isTransposed = p.kernel === 'conv2dTranspose';
  const last = p.kernel === 'depthwiseConv2d' ? p.multiplier : p.last;
  const format = p.isFirst && p.kernel === 'conv2d' ? 'NCHW' : 'NHWC';
  const dilates = p.dilates && !isTransposed;
  // The result of such a weight on padding is undefined, and the gradient oracle assumes one.
  const isUndefined = isTransposed && p.data?.startsWith('weight');
  const unfused: ConvCase = {
    kernel: p.kernel,
    in: [p.batch, ...p.size, p.depth],
    filter: [...p.window, p.depth, last],
    stride: dilates ? [1, 1] : p.steps,
    pad: p.pad,
    dilation: dilates ? p.steps : [1, 1],
    format,
    ...(typeof p.pad === 'string' || p.rounding === undefined ? {} : { rounding: p.rounding }),
    ...(p.data && !isUndefined ? { data: p.data } : {}),
    ...(p.from ? { from: p.from } : {}),
    seed: p.seed,
  };
  if (isTransposed || p.activation === undefined) return unfused;
  const sizes = outSizesOf(unfused);
  const operand = (shape: string) =>
    (format === 'NCHW' && shape !== 'scalar' && shape !== 'one'
      ? operandShapes.channels
      : allShapes[shape])(sizes);
  return {
    ...unfused,
    activation: p.activation,
    ...(p.bias ? { bias: operand(p.bias) } : {}),
    ...(p.activation === 'prelu' ? { prelu: operand(p.slopes) } : {}),
    ...(p.activation === 'leakyrelu' ? { alpha: p.alpha } : {}),
  };
}

/** Maximum number of products in a case, because the oracle computes each one separately. */
const MOST_PRODUCTS = 500_000;

function isSmall(c: ConvCase): boolean {
  const [n, h, w] = c.kernel === 'conv2dTranspose' ? c.in : outSizesOf(c);
  return n * h * w * c.filter.reduce((a, b) => a * b, 1) <= MOST_PRODUCTS;
}

export const isPossible = (c: ConvCase) => contradictionIn(c) === null && isSmall(c);

/** Returns the case with one size of the batch, the input or the filter set to zero. */
export function emptied(c: ConvCase, axis: number): ConvCase {
  const put = (sizes: ConvCase['in'], at: number) =>
    sizes.map((size, i) => (i === at ? 0 : size)) as unknown as ConvCase['in'];
  return {
    ...c,
    in: axis < 4 ? put(c.in, axis) : c.in,
    filter: axis > 2 ? put(c.filter, axis === 3 ? 2 : 3) : c.filter,
  };
}

/**
 * Returns the case with whole numbers and without any op that rounds, so that stock's answer to a
 * wild call is the only right one.
 */
export function exact({ activation, alpha: _alpha, prelu: _prelu, ...plain }: ConvCase): ConvCase {
  return { ...plain, data: 'int', ...(activation === undefined ? {} : { activation: 'relu' }) };
}
