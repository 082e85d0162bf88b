/** A fuzz case as stages: a convolution and its links, each with its weights and true result. */
import * as tf from '@tensorflow/tfjs-core';
import type { Operands } from '../../src/validator/convOps.js';
import {
  type ConvCase,
  caseInputs,
  contradictionIn,
  integers,
  type Numbers,
  type Reference,
  reference,
  type StoredPrecision,
  stream,
} from '../../src/validator/index.js';
import { makeOperands } from '../../src/validator/operands.js';
import { op } from '../../src/validator/ops.js';
import type { Follower, FuzzCase, Link } from './fuzzCase.js';
import { halfTruth, storingIn, wholes } from './halfFloats.js';
import { LARGEST, type LinkName, links } from './links.js';
import { type Format, outSizesOf, type Shape4 } from './shapes.js';
import { type SpecialInputs, specialInputs } from './special.js';

/** One op of a chain. */
export interface Stage {
  /** Creates the tensors that the stage needs besides its input. The caller disposes of them. */
  hold(): object;
  /**
   * Computes the stage with tfjs.
   * @param y result of the previous stage; null for the first stage
   * @param held result of hold()
   */
  run(y: tf.Tensor | null, held: object): tf.Tensor;
  /**
   * Returns the true result for the input `y`.
   * @param doubts 1 where `y` may differ from what the stage computed with
   */
  truth(y: Numbers | null, doubts?: Uint8Array): Reference;
  /** Sizes of the result. */
  readonly sizes: Shape4;
  /**
   * True if the result consists of whole numbers that the backend stores exactly, so that the next
   * stage's truth does not depend on reading it.
   */
  readonly isExact: boolean;
  /** Largest absolute value of a whole number in the result. */
  readonly largest: number;
  /** True if the stage is a convolution. */
  readonly convolves: boolean;
  /**
   * True if the result is in tile layout on a backend that has tiles, so that the next stage is
   * not left to stock.
   */
  readonly isTiled: boolean;
}

/** First convolution of a chain. */
type First = Pick<FuzzCase, 'conv' | 'special' | 'leavesAlpha'>;

/** Activations that keep whole numbers whole. */
const exactActivations: readonly unknown[] = [undefined, 'linear', 'relu', 'relu6', 'prelu'];

/** True if an operand has one value per channel, or one value in total. */
const isOfChannels = (shape: readonly number[] | undefined) =>
  shape === undefined || shape.slice(0, -1).every((size) => size === 1);

/**
 * Returns the stage of a convolution.
 * @param before the previous stage; null if the convolution begins the chain
 */
function convStage(
  { conv: c, special, leavesAlpha }: First,
  { given, meant }: SpecialInputs,
  before: Stage | null,
  precision: StoredPrecision,
): Stage {
  const isWhole = c.data === 'int' && special === undefined && (before?.isExact ?? true);
  const called = leavesAlpha ? { ...c, alpha: undefined } : c;
  const terms = c.filter[0] * c.filter[1] * Math.max(c.filter[2], c.filter[3]) + 1;
  const sum = (before?.largest ?? LARGEST) * terms * LARGEST;
  const largest = sum * (c.prelu ? LARGEST : 1);
  // For `data: 'int'`, the oracle presumes that sums are exact.
  const isSumExact = c.data === 'int' && special !== 'overflow' && (before?.isExact ?? true);
  const judged = isSumExact && sum < wholes.float32 ? c : { ...c, data: undefined };
  // Infinities stand for numbers that half floats do not have.
  const inputs = precision === 'half' ? given : meant;
  const truth = (y: Numbers | null) =>
    reference(judged, { ...inputs, ...(y && { x: y }) }, precision);
  return {
    hold: () => makeOperands(c, given),
    run: (y, held) => op(called, { ...(held as Operands), ...(y && { x: y as tf.Tensor4D }) }),
    truth: (y, doubts) =>
      precision === 'half' && y !== null ? halfTruth(truth, y, doubts) : truth(y),
    sizes: outSizesOf(c),
    convolves: true,
    isTiled: c.format === 'NHWC' && isOfChannels(c.bias) && isOfChannels(c.prelu),
    isExact: isWhole && largest < wholes[precision] && exactActivations.includes(c.activation),
    largest,
  };
}

/** Returns a follower as a convolution of a tensor with these sizes, or null if it cannot apply. */
function followerCase(f: Follower, sizes: Shape4, first: ConvCase, seed: number): ConvCase | null {
  const kernel = first.format === 'NCHW' ? 'conv2d' : f.kernel;
  const depth = kernel === 'depthwiseConv2d' ? sizes[3] * f.last : f.last;
  const activation = f.activation ?? (f.hasBias ? 'linear' : undefined);
  const c: ConvCase = {
    kernel,
    in: sizes,
    filter: [...f.window, sizes[3], f.last],
    stride: f.stride,
    pad: f.pad,
    dilation: [1, 1],
    format: first.format,
    ...(f.hasBias ? { bias: [depth] } : {}),
    ...(activation ? { activation } : {}),
    ...(first.data === 'int' ? { data: 'int' as const } : {}),
    seed,
  };
  return contradictionIn(c) === null ? c : null;
}

function linkStage(
  name: LinkName,
  before: Stage,
  { format, seed }: { readonly format: Format; readonly seed: number },
  precision: StoredPrecision,
): Stage {
  const row = links[name];
  const { sizes } = before;
  const largest = before.largest * (row.growth ?? 1);
  const own: Numbers = {
    values: integers(stream(seed, 'own'), sizes[3], LARGEST),
    shape: format === 'NHWC' ? [sizes[3]] : [sizes[3], 1, 1],
  };
  const storing = storingIn(precision, before.isExact);
  const truth = (y: Numbers) => row.truth(y, own, format, storing);
  return {
    hold: () => ({ own: tf.tensor(own.values, [...own.shape]) }),
    run: (y, held) => row.run(y as tf.Tensor4D, (held as { own: tf.Tensor }).own, format),
    truth: (y, doubts) =>
      precision === 'half' ? halfTruth(truth, y as Numbers, doubts) : truth(y as Numbers),
    sizes: row.sizes?.(sizes) ?? sizes,
    isExact: before.isExact && row.isExact && largest < wholes[precision],
    largest,
    convolves: false,
    isTiled: before.isTiled && row.staysTiled,
  };
}

/** Tells if a chain may have infinities, and if the input of the stage at `place` may have NaN. */
function oddValues({ conv: { data, activation }, special }: First, place: number) {
  const isOver = special === 'overflow';
  const infinite = /inf$/i.test(data ?? '') || isOver || special?.startsWith('inf') === true;
  // NaN cannot occur if all sums have one sign and no infinity is multiplied by zero.
  const isSure = isOver && place === 1 && activation !== 'prelu' && activation !== 'leakyrelu';
  const isNan = /nan$/i.test(data ?? '') || special?.startsWith('nan') === true;
  return { infinite, nan: isNan || (infinite && !isSure) };
}

/** Returns the stage of a link after the stage `before`, or null if the link does not fit there. */
function following(
  link: Link,
  before: Stage,
  first: First,
  place: number,
  precision: StoredPrecision,
): Stage | null {
  const { sizes } = before;
  const { conv } = first;
  const seed = conv.seed + place;
  if ('conv' in link) {
    const c = followerCase(link.conv, sizes, conv, seed);
    if (c === null) return null;
    const none: Numbers = { values: new Float32Array(1), shape: [] };
    const inputs = { ...caseInputs(c), x: none };
    return convStage({ conv: c }, { given: inputs, meant: inputs }, before, precision);
  }
  const { fits, stockSpoils, stockDisagrees } = links[link.op];
  const odd = oddValues(first, place);
  if (fits?.(sizes, conv.format) === false) return null;
  if (stockDisagrees && odd.nan) return null;
  if (stockSpoils && odd.infinite && !before.isTiled) return null;
  return linkStage(link.op, before, { format: conv.format, seed }, precision);
}

export interface Chain {
  readonly stages: readonly Stage[];
  /** True if intermediate results must be read, because the truth of later stages needs them. */
  readonly mustKeep: boolean;
}

/** Name of the operand that is the input of a case; all others are weights. */
export const inputOf = ({ kernel }: ConvCase) => (kernel === 'conv2dTranspose' ? 'dy' : 'x');

/**
 * Returns the stages of a case without wild attributes, leaving out links that do not fit.
 * @param precision floats in which the backend stores tensors
 * @param inputSeed seed of the first convolution's input; its weights have the seed of the case
 */
export function chainOf(c: FuzzCase, precision: StoredPrecision, inputSeed = c.conv.seed): Chain {
  const { links: wanted, ...first } = c;
  const name = inputOf(first.conv);
  const { [name]: input } = caseInputs({ ...first.conv, seed: inputSeed });
  const usual = { ...caseInputs(first.conv), [name]: input };
  const inputs = specialInputs(first.conv, usual, first.special);
  const stages: Stage[] = [convStage(first, inputs, null, precision)];
  for (const [i, link] of wanted.entries()) {
    const stage = following(link, stages[stages.length - 1], first, i + 1, precision);
    if (stage !== null) stages.push(stage);
  }
  return { stages, mustKeep: stages.slice(0, -1).some(({ isExact }) => !isExact) };
}
