/** Fuzz cases at random: small ones mostly, and of few kinds of program, which cost the time. */
import fc from 'fast-check';
import { activationNames, type ConvCase, contradictionIn } from '../../src/validator/index.js';
import { type Follower, type FuzzCase, type Link, outSizesOf } from './fuzzCase.js';
import { linkNames } from './links.js';
import { wildChoices } from './wildChoices.js';

/** Values with how often they come, relatively. */
function among<T>(...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]) {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const from = <T>(...values: T[]) => fc.constantFrom(...values);
const upTo = (max: number) => fc.integer({ min: 1, max });

const side = among([12, upTo(12)], [1, upTo(40)]);
const depth = among([6, upTo(9)], [3, from(4, 8, 16)], [1, upTo(33)]);

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

/** The shape of a bias by its channels. All but the first are for NHWC only, and for stock kernels. */
const operandShapes = ['channels', 'scalar', 'one', 'rank 3', 'rank 4'] as const;
type OperandShape = (typeof operandShapes)[number];
const operandShape = among<OperandShape>([8, from('channels')], [1, from(...operandShapes)]);

/** What a program depends on, for the most part. */
const manner = fc.record({
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
  activation: among<ConvCase['activation']>(
    [3, from<ConvCase['activation']>(undefined)],
    [4, from<ConvCase['activation']>(...activationNames)],
  ),
  bias: fc.option(operandShape, { nil: undefined }),
  slopes: operandShape,
});

type Manner = typeof manner extends fc.Arbitrary<infer T> ? T : never;

/** What a program does not depend on, for the most part. */
const matter = fc.record({
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
  // Stock makes a program for each shape that it slices or reshapes.
  from: among<ConvCase['from']>(
    [40, from<ConvCase['from']>(undefined)],
    [1, from<ConvCase['from']>('gpu', 'slice', 'reshape')],
  ),
  seed: upTo(99_999),
});

type Matter = typeof matter extends fc.Arbitrary<infer T> ? T : never;

function shapeOfOperand(shape: OperandShape, channels: number, format: ConvCase['format']) {
  if (shape === 'scalar') return [];
  if (shape === 'one') return [1];
  if (shape === 'channels' || format === 'NCHW') return [channels];
  return shape === 'rank 3' ? [1, 1, channels] : [1, 1, 1, channels];
}

/** What tfjs has: NCHW, dilations and fused activations are not for every kernel. */
function toConvCase(p: Manner & Matter): ConvCase {
  const isTransposed = p.kernel === 'conv2dTranspose';
  const isDepthwise = p.kernel === 'depthwiseConv2d';
  const last = isDepthwise ? p.multiplier : p.last;
  const channels = isDepthwise ? p.depth * last : last;
  const format = p.isFirst && p.kernel === 'conv2d' ? 'NCHW' : 'NHWC';
  const operand = (shape: OperandShape) => shapeOfOperand(shape, channels, format);
  const dilates = p.dilates && !isTransposed;
  // What such a weight makes of padding is not defined, and the oracle of gradients picks one.
  const isUndefined = isTransposed && p.data?.startsWith('weight');
  const activation = isTransposed ? undefined : p.activation;
  const fused: Partial<ConvCase> =
    activation === undefined
      ? {}
      : {
          activation,
          ...(p.bias ? { bias: operand(p.bias) } : {}),
          ...(activation === 'prelu' ? { prelu: operand(p.slopes) } : {}),
          ...(activation === 'leakyrelu' ? { alpha: 0.3 } : {}),
        };
  return {
    kernel: p.kernel,
    in: [p.batch, ...p.size, p.depth],
    filter: [...p.window, p.depth, last],
    stride: dilates ? [1, 1] : p.steps,
    pad: p.pad,
    dilation: dilates ? p.steps : [1, 1],
    format,
    ...(typeof p.pad === 'string' || p.rounding === undefined ? {} : { rounding: p.rounding }),
    ...fused,
    ...(p.data && !isUndefined ? { data: p.data } : {}),
    ...(p.from ? { from: p.from } : {}),
    seed: p.seed,
  };
}

/** The largest number of products that a case may take: the oracle computes each by itself. */
const MOST_PRODUCTS = 500_000;

function isSmall(c: ConvCase): boolean {
  const [n, h, w] = c.kernel === 'conv2dTranspose' ? c.in : outSizesOf(c);
  return n * h * w * c.filter.reduce((a, b) => a * b, 1) <= MOST_PRODUCTS;
}

const isPossible = (c: ConvCase) => contradictionIn(c) === null && isSmall(c);

const convIn = (manners: fc.Arbitrary<Manner>): fc.Arbitrary<ConvCase> =>
  fc
    .tuple(manners, matter)
    .map(([how, what]) => toConvCase({ ...how, ...what }))
    .filter(isPossible);

const follower: fc.Arbitrary<Follower> = fc.record(
  {
    kernel: from<Follower['kernel']>('conv2d', 'depthwiseConv2d'),
    window: from<Follower['window']>([3, 3], [1, 1], [2, 2]),
    last: upTo(5),
    stride: from<Follower['stride']>([1, 1], [1, 1], [2, 2]),
    pad: from<ConvCase['pad']>('same', 'valid', 1),
    activation: from<NonNullable<Follower['activation']>>('linear', 'relu', 'relu6', 'sigmoid'),
    hasBias: fc.boolean(),
  },
  { requiredKeys: ['kernel', 'window', 'last', 'stride', 'pad', 'hasBias'] },
);

const link: fc.Arbitrary<Link> = among<Link>(
  [3, from(...linkNames).map((op) => ({ op }))],
  [2, follower.map((f) => ({ conv: f }))],
);

const how = {
  keeps: fc.boolean(),
  read: among<FuzzCase['read']>(
    [5, from<FuzzCase['read']>('dataSync')],
    [1, from<FuzzCase['read']>('data')],
  ),
  runs: among<FuzzCase['runs']>([3, from<FuzzCase['runs']>(1)], [1, from<FuzzCase['runs']>(2)]),
};

/** Makes one size zero: of the batch, the input, or the filter. */
function emptied(c: ConvCase, axis: number): ConvCase {
  const put = (sizes: ConvCase['in'], at: number) =>
    sizes.map((size, i) => (i === at ? 0 : size)) as unknown as ConvCase['in'];
  return {
    ...c,
    in: axis < 4 ? put(c.in, axis) : c.in,
    filter: axis > 2 ? put(c.filter, axis === 3 ? 2 : 3) : c.filter,
  };
}

/** Whole numbers, and nothing that rounds: stock's answer to a wild call is then the only right one. */
function exact({ activation, alpha: _alpha, prelu: _prelu, ...plain }: ConvCase): ConvCase {
  return { ...plain, data: 'int', ...(activation === undefined ? {} : { activation: 'relu' }) };
}

/** How many ways to call, and chains, come again and again; the others come once. */
const OFTEN = 100;

/**
 * Any case. Compiling takes far longer than running, so that most cases are of few programs,
 * which the seed chooses.
 */
export function fuzzCases(seed: number): fc.Arbitrary<FuzzCase> {
  /** The simplest first: shrinking goes that way. */
  const some = <T>(arbitrary: fc.Arbitrary<T>): T[] => {
    const drawn = fc.sample(arbitrary, { numRuns: OFTEN, seed });
    const length = (value: T) => JSON.stringify(value).length;
    return drawn.sort((a, b) => length(a) - length(b));
  };
  const links = fc.array(link, { minLength: 1, maxLength: 4 });
  const linked = fc.record({ manner, links });
  const conv = convIn(among([20, from(...some(manner))], [1, manner]));
  const chain = among([20, from(...some(linked))], [1, linked]);

  const single = fc.record({ conv, links: from<readonly Link[]>([]), ...how });
  const chained = fc
    .record({ chain, what: matter, ...how })
    .map(({ chain: { manner: way, links: after }, what, ...rest }): FuzzCase => {
      return { ...rest, conv: toConvCase({ ...way, ...what }), links: after };
    })
    .filter(({ conv: c }) => isPossible(c) && c.in[1] * c.in[2] <= 200);
  const empty = fc
    .record({ conv, axis: fc.nat(4), ...how })
    .map(({ conv: c, axis, ...rest }): FuzzCase => {
      return { ...rest, conv: emptied(c, axis), links: [] };
    });
  const wild = fc
    .record({ conv, first: from(...wildChoices), second: fc.option(from(...wildChoices)), ...how })
    .filter(({ conv: c }) => c.kernel !== 'conv2dTranspose')
    .map(({ conv: c, first, second, ...rest }): FuzzCase => {
      const plain = exact(c);
      return { ...rest, conv: plain, wild: { ...second?.(plain), ...first(plain) }, links: [] };
    });
  return among<FuzzCase>([10, single], [6, chained], [1, empty], [3, wild]);
}
