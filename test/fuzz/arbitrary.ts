/**
 * Generator of random fuzz cases. Most are small and need few distinct programs, because compiling
 * programs dominates the run time.
 */
import fc from 'fast-check';
import type { ConvCase } from '../../src/validator/index.js';
import {
  among,
  emptied,
  exact,
  from,
  isPossible,
  type Manner,
  type Matter,
  manner,
  matter,
  pixelManner,
  toConvCase,
  upTo,
  wideMatter,
} from './convArbitrary.js';
import type { ForcedVariant } from './engine.js';
import type { Follower, FuzzCase, Link, Mishap, RunState, Special } from './fuzzCase.js';
import { type LinkName, linkNames } from './links.js';
import { hasSpecial } from './special.js';
import { wildChoices } from './wildChoices.js';

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

const opsOf = (...names: LinkName[]): fc.Arbitrary<Link> => from(...names).map((op) => ({ op }));

const link: fc.Arbitrary<Link> = among<Link>(
  [3, opsOf(...linkNames)],
  [2, follower.map((f) => ({ conv: f }))],
);

/** Ops that may be fused into the program of a convolution. */
const step = opsOf('relu', 'relu6', 'addChannels', 'mulChannels', 'leaky', 'sigmoid', 'twice');

/** Ops for which whole numbers yield whole numbers, both as results and as gradients. */
const differentiable = opsOf(
  ...(['relu', 'neg', 'addChannels', 'mulChannels', 'twice', 'pad', 'concat', 'row'] as const),
);

const how = {
  keeps: fc.boolean(),
  read: among<FuzzCase['read']>(
    [5, from<FuzzCase['read']>('dataSync')],
    [1, from<FuzzCase['read']>('data')],
  ),
  runs: among<FuzzCase['runs']>([3, from<FuzzCase['runs']>(1)], [1, from<FuzzCase['runs']>(2)]),
};

const rarely = among<RunState | undefined>(
  [80, from(undefined)],
  [1, from<RunState>('debug')],
  [1, from<RunState>('limit')],
);

/** Parts of a case that are drawn in addition to the convolution and its links. */
const more = {
  ...how,
  state: rarely,
  special: among<Special | undefined>(
    [8, from(undefined)],
    [1, from<Special>('nanBias', 'infBias', 'nanSlopes', 'infSlopes', 'overflow')],
  ),
  leavesAlpha: among([5, from(false)], [1, from(true)]),
};

interface Drawn extends Omit<FuzzCase, 'special' | 'leavesAlpha' | 'state'> {
  readonly special?: Special;
  readonly leavesAlpha?: boolean;
  readonly state?: RunState;
}

/** Slope that tfjs uses for a leakyrelu if the call sets none. */
const USUAL_ALPHA = 0.2;

/** Returns the case without the parts that do not apply to its convolution. */
function toFuzzCase({ special: wanted, leavesAlpha, state, conv, ...drawn }: Drawn): FuzzCase {
  const leaves = leavesAlpha === true && conv.activation === 'leakyrelu';
  const special = wanted !== undefined && hasSpecial[wanted](conv) ? wanted : undefined;
  // In debug mode, tfjs refuses to upload NaN and infinities.
  const isDebuggable = special === undefined && !/(nan|inf)$/i.test(conv.data ?? '');
  return {
    ...drawn,
    conv: {
      ...conv,
      ...(leaves ? { alpha: USUAL_ALPHA } : {}),
      // Such slopes make a jump at zero. Only sums of whole numbers are exact enough to tell on
      // which side of it a value is.
      ...(special?.endsWith('Slopes') ? { data: 'int' as const } : {}),
    },
    ...(special === undefined ? {} : { special }),
    ...(leaves ? { leavesAlpha: true as const } : {}),
    ...(state === undefined || (state === 'debug' && !isDebuggable) ? {} : { state }),
  };
}

/** Gradients of tfjs support only NHWC and dilations of 1, and do not receive a rounding mode. */
const derivable = { isFirst: false, dilates: false, rounding: undefined };

/** Number of call patterns and chains that are reused again and again; others occur once. */
const OFTEN = 100;

/** Number of whole cases that are reused again and again, each time with other numbers. */
const FEW = 20;

const isSmallMap = ({ in: [, h, w] }: ConvCase) => h * w <= 200;

/** Returns the convolution that a variant is forced on. */
function forcedConv(variant: ForcedVariant, way: Manner, what: Matter): ConvCase {
  const { kernels, isWide3x3, multiplies } = variant;
  const kernel = kernels.includes(way.kernel) ? way.kernel : kernels[0];
  const multiplier = multiplies ? what.multiplier : 1;
  const drawn = { ...way, ...what, kernel, multiplier };
  return toConvCase(isWide3x3 ? { ...drawn, window: [3, 3], steps: [1, 1] } : drawn);
}

/** Options for the generator that depend on the engine and the environment. */
export interface Range {
  /** Variants that may be forced. */
  readonly variants: readonly ForcedVariant[];
  /** Events between captured predictions; none if nothing can be captured. */
  readonly mishaps: readonly Mishap['what'][];
  /** True if tfjs has its gradients registered. In Node it does not. */
  readonly hasGradients: boolean;
}

/**
 * Generates fuzz cases of all kinds. Most of them share a few programs that the seed chooses,
 * because compiling a program takes far longer than running it.
 */
export function fuzzCases(seed: number, range: Range): fc.Arbitrary<FuzzCase> {
  const { variants, mishaps, hasGradients } = range;
  /** Samples with the simplest first, because shrinking moves toward the first one. */
  const some = <T>(arbitrary: fc.Arbitrary<T>, count = OFTEN): T[] => {
    const drawn = fc.sample(arbitrary, { numRuns: count, seed });
    const length = (value: T) => JSON.stringify(value).length;
    return drawn.sort((a, b) => length(a) - length(b));
  };
  const often = <T>(arbitrary: fc.Arbitrary<T>, times = 20) =>
    among([times, from(...some(arbitrary))], [1, arbitrary]);
  const links = fc.array(link, { minLength: 1, maxLength: 4 });
  const conv = convIn(often(manner));
  const none = from<readonly Link[]>([]);

  const single = fc.record({ conv, links: none, ...more }).map(toFuzzCase);
  const chained = fc
    .record({ chain: often(fc.record({ manner, links })), what: matter, ...more })
    .map(({ chain, what, ...rest }) => {
      return toFuzzCase({
        ...rest,
        conv: toConvCase({ ...chain.manner, ...what }),
        links: chain.links,
      });
    })
    .filter(({ conv: c }) => isPossible(c) && isSmallMap(c));
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

  /** Cases with few distinct shapes, because stock compiles a program for each shape. */
  const fixed = (whole: fc.Arbitrary<Omit<FuzzCase, keyof typeof how>>) =>
    fc
      .record({ whole: from(...some(whole, FEW)), number: upTo(99_999), ...how })
      .map(({ whole: { conv: c, ...rest }, number, ...call }): FuzzCase => {
        return { ...rest, ...call, conv: { ...c, seed: number } };
      });
  const overPixels = fixed(
    fc
      .record({ way: pixelManner, what: matter })
      .map(({ way, what }) => ({ conv: toConvCase({ ...way, ...what }), links: [] }))
      .filter(({ conv: c }) => isPossible(c)),
  );
  const taped = () =>
    fixed(
      fc
        .record({ way: manner, what: matter, links: fc.array(differentiable, { maxLength: 2 }) })
        .map(({ way, what, links: after }) => {
          const c = exact(toConvCase({ ...way, ...what, ...derivable }));
          return { conv: c, links: after, state: 'tape' as const };
        })
        .filter(({ conv: c }) => {
          return c.kernel !== 'conv2dTranspose' && isPossible(c) && isSmallMap(c);
        }),
    ).map((c): FuzzCase => ({ ...c, keeps: false }));

  const any = among<FuzzCase>(
    [100, single],
    [54, chained],
    [10, empty],
    [30, wild],
    [4, overPixels],
    ...(hasGradients ? [[2, taped()] as const] : []),
    ...(variants.length > 0 ? [[60, forcedOf(often, variants)] as const] : []),
  );
  return mishaps.length === 0 ? any : fc.tuple(any, capturedOf(mishaps)).map(withCapture);
}

/** Weight of a lost context, after which all programs are compiled again; other events have 30. */
const LOST = 1;

/** Generates the events between captured predictions, for some of the cases. */
function capturedOf(mishaps: readonly Mishap['what'][]): fc.Arbitrary<FuzzCase['captured']> {
  const often = mishaps.filter((name) => name !== 'lose');
  const what = among<Mishap['what']>(
    [30, from(...often)],
    ...(often.length < mishaps.length ? [[LOST, from<Mishap['what']>('lose')] as const] : []),
  );
  const mishap: fc.Arbitrary<Mishap> = fc.record({ what, stage: fc.nat(3) });
  return among<FuzzCase['captured']>(
    [15, from<FuzzCase['captured']>(undefined)],
    [1, fc.array(mishap, { maxLength: 3 })],
  );
}

function withCapture([c, captured]: [FuzzCase, FuzzCase['captured']]): FuzzCase {
  return captured === undefined || c.state === 'tape' ? c : { ...c, captured };
}

/** Generates convolutions by a forced variant, with links that may be fused into its program. */
function forcedOf(
  often: <T>(arbitrary: fc.Arbitrary<T>, times: number) => fc.Arbitrary<T>,
  variants: readonly ForcedVariant[],
): fc.Arbitrary<FuzzCase> {
  const ways = fc.record({
    variant: from(...variants),
    manner,
    links: fc.array(step, { maxLength: 2 }),
  });
  return fc
    .record({ way: often(ways, 60), narrow: matter, wide: wideMatter, ...more })
    .map(({ way: { variant, manner: given, links }, narrow, wide, state, ...rest }) => {
      const what = variant.isWide3x3 ? wide : narrow;
      // In debug mode tfjs times each kernel, and its own backends do not handle an error that the
      // kernel throws meanwhile.
      const quiet = state === 'debug' ? undefined : state;
      const drawn = { ...rest, state: quiet, conv: forcedConv(variant, given, what), links };
      return { ...toFuzzCase(drawn), variant: variant.name };
    })
    .filter(({ conv: c }) => isPossible(c) && isSmallMap(c));
}
