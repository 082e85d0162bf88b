/** A fuzz case as stages: a convolution and what follows, each with its weights and its truth. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type CaseInputs,
  type ConvCase,
  caseInputs,
  contradictionIn,
  integers,
  type Numbers,
  type Reference,
  reference,
  stream,
} from '../../src/validator/index.js';
import { makeOperands, type Operands } from '../../src/validator/operands.js';
import { op } from '../../src/validator/ops.js';
import {
  type Follower,
  type Format,
  type FuzzCase,
  type Link,
  outSizesOf,
  type Shape4,
} from './fuzzCase.js';
import { LARGEST, type LinkName, links } from './links.js';

/** One step of a chain. */
export interface Stage {
  /** The tensors that it needs beside its input. The caller disposes of them. */
  hold(): object;
  /**
   * @param y what the stage before it gave; null for the first stage
   * @param held what hold() gave
   */
  run(y: tf.Tensor | null, held: object): tf.Tensor;
  /** What is right if `y` is its input. */
  truth(y: Numbers | null): Reference;
  /** Of its result. */
  readonly sizes: Shape4;
  /** Its result is whole numbers that float32 has, so the next stage needs no look at it. */
  readonly isExact: boolean;
  /** How large a whole number of its result may be. */
  readonly largest: number;
}

/** Activations that keep whole numbers whole. */
const exactActivations: readonly unknown[] = [undefined, 'linear', 'relu', 'relu6', 'prelu'];

/** Whole numbers beyond it have neighbours that float32 does not tell apart. */
const WHOLE = 2 ** 24;

/** @param before null where it begins the chain */
function convStage(c: ConvCase, inputs: CaseInputs, before: Stage | null): Stage {
  const isWhole = c.data === 'int' && (before?.isExact ?? true);
  const terms = c.filter[0] * c.filter[1] * Math.max(c.filter[2], c.filter[3]) + 1;
  const sum = (before?.largest ?? LARGEST) * terms * LARGEST;
  const largest = sum * (c.prelu ? LARGEST : 1);
  // The oracle takes sums of whole numbers for exact.
  const judged = isWhole && sum < WHOLE ? c : { ...c, data: undefined };
  return {
    hold: () => makeOperands(c, inputs),
    run: (y, held) => op(c, { ...(held as Operands), ...(y && { x: y as tf.Tensor4D }) }),
    truth: (y) => reference(judged, { ...inputs, ...(y && { x: y }) }),
    sizes: outSizesOf(c),
    isExact: isWhole && largest < WHOLE && exactActivations.includes(c.activation),
    largest,
  };
}

/** The convolution that follows a tensor of these sizes; null where there is no such one. */
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

function linkStage(name: LinkName, before: Stage, format: Format, seed: number): Stage {
  const row = links[name];
  const { sizes } = before;
  const largest = before.largest * (row.growth ?? 1);
  const own: Numbers = {
    values: integers(stream(seed, 'own'), sizes[3], LARGEST),
    shape: format === 'NHWC' ? [sizes[3]] : [sizes[3], 1, 1],
  };
  return {
    hold: () => ({ own: tf.tensor(own.values, [...own.shape]) }),
    run: (y, held) => row.run(y as tf.Tensor4D, (held as { own: tf.Tensor }).own, format),
    truth: (y) => row.truth(y as Numbers, own, format),
    sizes: row.sizes?.(sizes) ?? sizes,
    isExact: before.isExact && row.isExact && largest < WHOLE,
    largest,
  };
}

/** The stage that a link makes of what came before it; null where it does not fit. */
function following(link: Link, before: Stage, first: ConvCase, place: number): Stage | null {
  const { sizes } = before;
  const seed = first.seed + place;
  if ('conv' in link) {
    const c = followerCase(link.conv, sizes, first, seed);
    const none: Numbers = { values: new Float32Array(1), shape: [] };
    return c && convStage(c, { ...caseInputs(c), x: none }, before);
  }
  const { fits, notFor } = links[link.op];
  if (fits?.(sizes, first.format) === false || notFor?.includes(first.data)) return null;
  return linkStage(link.op, before, first.format, seed);
}

export interface Chain {
  readonly stages: readonly Stage[];
  /** Whether results on the way must be read to know what is right after them. */
  readonly mustKeep: boolean;
}

/** The stages of a case without wild attributes; links that do not fit are left out. */
export function chainOf({ conv, links: wanted }: FuzzCase): Chain {
  const stages: Stage[] = [convStage(conv, caseInputs(conv), null)];
  for (const [i, link] of wanted.entries()) {
    const stage = following(link, stages[stages.length - 1], conv, i + 1);
    if (stage !== null) stages.push(stage);
  }
  return { stages, mustKeep: stages.slice(0, -1).some(({ isExact }) => !isExact) };
}
