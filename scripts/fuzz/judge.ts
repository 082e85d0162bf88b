/** Whether a backend is right about a fuzz case: by the oracle, or refused like stock. */
import {
  compare,
  describeComparison,
  type Numbers,
  type Reference,
} from '../../src/validator/index.js';
import { type Attempt, attempt, type Runnable } from './attempt.js';
import { type Chain, chainOf } from './chain.js';
import { type FuzzCase, outSizesOf } from './fuzzCase.js';
import { wildCall } from './wildCall.js';

/**
 * What is judged, and the stock backends of which one must agree about what is refused: first the
 * one that has nothing to compile.
 */
export const stockOf = { 'tiled-webgl': ['cpu', 'webgl'], 'tiled-cpu': ['cpu'] } as const;

export const verdictNames = ['right', 'likeStock', 'refused', 'refusedAlone'] as const;

/**
 * `right`: within the oracle's bound. `likeStock`: a call that the oracle does not know, with
 * stock's answer. `refused`: stock refuses it too. `refusedAlone`: a call without a meaning.
 */
export type FuzzVerdict = (typeof verdictNames)[number];

/** What is wrong with the backend's answer, in one line. */
export class Wrong extends Error {
  override name = 'Wrong';
}

/**
 * What is refused whatever stock does: that is an endless loop, a crash, a tensor of no or of
 * impossible size, or values from between the pixels; or where a bias would enlarge the result.
 */
const refusedAlone: readonly RegExp[] = [
  /the dilated filter .* is larger than the padded input/,
  /the output would be .*, because tfjs applies the filter's height .* to both axes/,
  /channels, but the filter .* is for .*; dataFormat NCHW is read as NHWC here/,
  /(pad|strides|dilations) must be whole numbers/,
  /(bias|PReLU weights) of shape .* does not broadcast to the output/,
];

const messageOf = (error: unknown) =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replace(/\s+/g, ' ');

/** Holds each answer that was read against what is right after the answer before it. */
function checkChain({ stages }: Chain, answers: readonly (Numbers | null)[], run: string): void {
  let before: Numbers | null = null;
  for (const [i, stage] of stages.entries()) {
    const truth: Reference = stage.truth(before);
    const actual = answers[i];
    if (actual !== null) {
      const comparison = compare(actual, truth);
      const where = stages.length > 1 ? `stage ${i} of ${stages.length - 1}: ` : '';
      if (!comparison.ok) throw new Wrong(run + where + describeComparison(comparison));
    }
    before = actual ?? { shape: truth.shape, values: Float32Array.from(truth.values) };
  }
}

const shapeless = ({ shape, values }: Numbers): boolean =>
  shape.some((size) => !Number.isInteger(size) || size < 0) ||
  shape.reduce((a, b) => a * b, 1) !== values.length;

/** Whole numbers: every right backend has the same ones. */
function checkLikeStock(answers: readonly Numbers[], stock: Numbers): void {
  if (shapeless(stock)) throw new Wrong(`answers, where stock gives the shape [${stock.shape}]`);
  const values = Float64Array.from(stock.values);
  const truth = { shape: stock.shape, values, bounds: new Float64Array(values.length) };
  for (const answer of answers) {
    const comparison = compare(answer, truth);
    if (!comparison.ok) throw new Wrong(`not like stock: ${describeComparison(comparison)}`);
  }
}

/** Nothing is refused that stock computes, nor in words that a user could not act on. */
function checkRefusal(error: unknown, stock: Attempt): void {
  if (!('error' in stock)) throw new Wrong(`refuses what stock computes: ${messageOf(error)}`);
  const isClear = error instanceof Error && error.constructor === Error;
  if (isClear || messageOf(error) === messageOf(stock.error)) return;
  throw new Wrong(`refuses with ${messageOf(error)}, and stock with ${messageOf(stock.error)}`);
}

const isRefusedAlone = (error: unknown): boolean =>
  error instanceof Error && refusedAlone.some((known) => known.test(error.message));

/** The chain of a case that the oracle knows; null where only stock can say what is right. */
function knownChain(c: FuzzCase): Chain | null {
  if (c.wild !== undefined || outSizesOf(c.conv).some((size) => size < 0)) return null;
  return chainOf(c);
}

/** What ours is worth beside a stock backend. */
function besideStock(ours: Attempt, theirs: Attempt): FuzzVerdict {
  if ('error' in ours) {
    checkRefusal(ours.error, theirs);
    return 'refused';
  }
  if ('error' in theirs) {
    throw new Wrong(`answers what stock refuses with ${messageOf(theirs.error)}`);
  }
  const [[stockAnswer]] = theirs.answers;
  const answers = ours.answers.map(([answer]) => answer as Numbers);
  checkLikeStock(answers, stockAnswer as Numbers);
  return 'likeStock';
}

/**
 * Judges one case.
 * @param stock backends of which one must agree about what is refused, and about wild calls
 * @throws Wrong with what is wrong in one line
 */
export async function judge(
  c: FuzzCase,
  backend: string,
  stock: readonly string[],
): Promise<FuzzVerdict> {
  const chain = knownChain(c);
  const runnable: Runnable = chain
    ? { stages: chain.stages, keeps: c.keeps || chain.mustKeep }
    : { stages: [wildCall(c.conv, c.wild ?? {})].map(asStage), keeps: false };
  const ours = await attempt(runnable, c, backend);
  if ('answers' in ours && chain !== null) {
    for (const [i, answers] of ours.answers.entries()) {
      checkChain(chain, answers, i > 0 ? `run ${i + 1}: ` : '');
    }
    checkLeft(ours);
    return 'right';
  }
  checkLeft(ours);
  if ('error' in ours && isRefusedAlone(ours.error) && chain === null) return 'refusedAlone';
  let fault: unknown;
  for (const name of stock) {
    const theirs = await attempt(runnable, { ...c, runs: 1 }, name);
    try {
      return besideStock(ours, theirs);
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

function asStage({ hold, run }: ReturnType<typeof wildCall>): Runnable['stages'][number] {
  return { hold, run: (_y, held) => run(held) };
}

function checkLeft({ left, ...outcome }: Attempt): void {
  if (left === null) return;
  const how = 'error' in outcome ? `refused with ${messageOf(outcome.error)}, and ` : '';
  throw new Wrong(`${how}leaves ${left} behind`);
}
