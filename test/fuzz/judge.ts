/** Judges a backend's answer to a fuzz case by the oracle, or by comparison with stock. */
import {
  compare,
  describeComparison,
  type Numbers,
  type StoredPrecision,
} from '../../src/validator/index.js';
import { type Answer, type Attempt, attempt, type Runnable } from './attempt.js';
import { type Chain, chainOf } from './chain.js';
import type { Engine } from './engine.js';
import type { FuzzCase } from './fuzzCase.js';
import { wholeError } from './halfFloats.js';
import { LARGEST } from './links.js';
import { isMeaningless } from './meaning.js';
import { judgeReplays, type Replays } from './replays.js';
import { outSizesOf } from './shapes.js';
import { checkStages } from './stages.js';
import { checkWork, type Watched, watched } from './watch.js';
import { wildCall } from './wildCall.js';
import { messageOf, Wrong } from './wrong.js';

export const verdictNames = ['right', 'likeStock', 'refused', 'refusedAlone'] as const;

/**
 * Verdict on a case. `right`: the answer is within the oracle's bound. `likeStock`: the oracle does
 * not know the call, and the answer is stock's. `refused`: stock refuses the call too.
 * `refusedAlone`: the backend refuses a call that has no meaning, whatever stock does.
 */
export type FuzzVerdict = (typeof verdictNames)[number];

export interface Judgement {
  readonly verdict: FuzzVerdict;
  /** True if stock ran the call too, although the oracle knows the answer. */
  readonly asked: boolean;
  /** True if the forced variant refused the convolution. */
  readonly variantRefused: boolean;
  /** Report of captured predictions; null if there were none. */
  readonly replays: Replays | null;
}

/** The backend under test and the backends that it is compared with. */
export interface Bench {
  readonly backend: string;
  /** Stock backends, of which at least one must agree about refusals and about wild calls. */
  readonly stock: readonly string[];
  /** Floats in which the backend stores tensors, which decide the bounds; 'float32' by default. */
  readonly precision?: StoredPrecision;
  /** Records which variants computed. Absent if the backend is not ours. */
  readonly engine?: Engine;
}

const shapeless = ({ shape, values }: Numbers): boolean =>
  shape.some((size) => !Number.isInteger(size) || size < 0) ||
  shape.reduce((a, b) => a * b, 1) !== values.length;

/**
 * Requires stock's exact values, because every correct backend computes the same whole numbers.
 * @param errorOf error that storing a whole number may leave; none by default
 */
function checkLikeStock(
  answer: Answer,
  stock: Answer,
  errorOf: (value: number) => number = () => 0,
  what = 'not like stock',
): void {
  if (shapeless(stock)) throw new Wrong(`answers, where stock gives the shape [${stock.shape}]`);
  const values = Float64Array.from(stock.values);
  const { shape } = stock;
  const truth = { shape, dtype: answer.dtype, values, bounds: values.map(errorOf) };
  const comparison = compare(answer, truth);
  if (!comparison.ok) throw new Wrong(`${what}: ${describeComparison(comparison)}`);
  checkType(answer, stock);
}

function checkType(answer: Answer, stock: Answer): void {
  if (answer.dtype === stock.dtype) return;
  throw new Wrong(`answers with the type ${answer.dtype}, and stock with ${stock.dtype}`);
}

/** Requires that stock refuses the call too, and that a user can act on the error message. */
function checkRefusal(error: unknown, stock: Attempt): void {
  if (!('error' in stock)) throw new Wrong(`refuses what stock computes: ${messageOf(error)}`);
  const isClear = error instanceof Error && error.constructor === Error;
  if (isClear || messageOf(error) === messageOf(stock.error)) return;
  throw new Wrong(`refuses with ${messageOf(error)}, and stock with ${messageOf(stock.error)}`);
}

/** Returns the chain of a case that the oracle knows, or null if only stock defines the result. */
function knownChain(c: FuzzCase, precision: StoredPrecision): Chain | null {
  if (c.wild !== undefined || outSizesOf(c.conv).some((size) => size < 0)) return null;
  return chainOf(c, precision);
}

const lastOf = ({ stages }: { stages: readonly (Answer | null)[] }) =>
  stages[stages.length - 1] as Answer;

/** Error that storing a whole number of a result may leave. */
type ErrorOf = (value: number) => number;

/** Judges our outcome by a stock backend's outcome, for calls that the oracle does not know. */
function besideStock(ours: Attempt, theirs: Attempt, errorOf: ErrorOf): FuzzVerdict {
  if ('error' in ours) {
    checkRefusal(ours.error, theirs);
    return 'refused';
  }
  const [stock] = answered(theirs);
  for (const run of ours.runs) checkLikeStock(lastOf(run), lastOf(stock), errorOf);
  return 'likeStock';
}

type Answered = Extract<Attempt, { runs: unknown }>;

function answered(stock: Attempt): Answered['runs'] {
  if ('runs' in stock) return stock.runs;
  throw new Wrong(`answers what stock refuses with ${messageOf(stock.error)}`);
}

/**
 * Requires that stock accepts a call that the oracle knows, and that our shape, type and gradients
 * equal stock's.
 */
function besideStockToo(ours: Answered, theirs: Attempt, errorOf: ErrorOf): FuzzVerdict {
  const [stock] = answered(theirs);
  for (const run of ours.runs) {
    const [answer, theirAnswer] = [lastOf(run), lastOf(stock)];
    if (answer.shape.join() !== theirAnswer.shape.join()) {
      throw new Wrong(`shape [${answer.shape}], and stock's is [${theirAnswer.shape}]`);
    }
    checkType(answer, theirAnswer);
    for (const [i, gradient] of run.gradients.entries()) {
      const what = `gradient by the ${['input', 'filter'][i]}`;
      checkLikeStock(gradient, stock.gradients[i], errorOf, what);
    }
  }
  return 'right';
}

/** One in this many cases that the oracle knows also runs on stock. */
const ASKED = 16;

function asksStock({ conv, state }: FuzzCase): boolean {
  const isEmpty = [...conv.in, ...conv.filter].includes(0);
  return isEmpty || state === 'tape' || conv.seed % ASKED === 0;
}

/** Runs the case on one stock backend after another until one agrees. */
async function agreed(
  { stock }: Bench,
  runnable: Runnable,
  c: FuzzCase,
  check: (theirs: Attempt) => FuzzVerdict,
): Promise<FuzzVerdict> {
  let fault: unknown;
  for (const name of stock) {
    const state = c.state === 'tape' ? c.state : undefined;
    const theirs = await attempt(runnable, { read: c.read, runs: 1, state }, name);
    try {
      return check(theirs);
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

/** Runs the case on our backend: with the forced variant, or without it if the variant refuses. */
async function runOurs(c: FuzzCase, runnable: Runnable, { backend, engine }: Bench) {
  const run = () => attempt(runnable, c, backend);
  if (c.variant === undefined || engine === undefined) {
    return { ...(await watched(engine, run)), variantRefused: false };
  }
  engine.force(c.variant);
  let forced: Watched;
  try {
    forced = await watched(engine, run);
  } finally {
    engine.force(null);
  }
  checkLeft(forced.ours);
  const variantRefused = 'error' in forced.ours && engine.isRefusal(forced.ours.error);
  if (!variantRefused) return { ...forced, variantRefused };
  return { ...(await watched(engine, run)), variantRefused };
}

/**
 * Judges one case.
 * @throws Wrong that says in one line what is wrong
 */
export async function judge(c: FuzzCase, bench: Bench): Promise<Judgement> {
  const { backend, engine, precision = 'float32' } = bench;
  const chain = knownChain(c, precision);
  const judged = await judgeEager(c, chain, bench);
  const isAnswered = judged.verdict === 'right' || judged.verdict === 'likeStock';
  if (c.captured === undefined || engine?.capturing === undefined || !isAnswered) {
    return { ...judged, replays: null };
  }
  const replays = await judgeReplays(c, engine, backend, {
    known: chain === null ? null : precision,
    keeps: c.keeps || chain?.mustKeep === true,
    variant: judged.variantRefused ? null : (c.variant ?? null),
  });
  return { ...judged, replays };
}

async function judgeEager(
  c: FuzzCase,
  chain: Chain | null,
  bench: Bench,
): Promise<Omit<Judgement, 'replays'>> {
  const runnable: Runnable = chain
    ? { stages: chain.stages, keeps: c.keeps || chain.mustKeep }
    : { stages: [wildCall(c.conv, c.wild ?? {})].map(asStage), keeps: false };
  const { precision = 'float32' } = bench;
  const { ours, work, variantRefused } = await runOurs(c, runnable, bench);
  const judged = (verdict: FuzzVerdict, asked = false) => ({ verdict, asked, variantRefused });
  if ('runs' in ours && chain !== null) {
    for (const [i, { stages }] of ours.runs.entries()) {
      checkStages(chain.stages, stages, i > 0 ? `run ${i + 1}: ` : '');
    }
  }
  checkLeft(ours);
  if (work !== null) {
    checkWork(work, {
      variant: variantRefused ? undefined : c.variant,
      convolutions: 'runs' in ours ? c.runs * convolutionsOf(c, chain, lastOf(ours.runs[0])) : 0,
    });
  }
  if ('runs' in ours && chain !== null) {
    if (!asksStock(c)) return judged('right');
    const verdict = await agreed(bench, runnable, c, (theirs) =>
      besideStockToo(ours, theirs, (value) => wholeError(precision, value)),
    );
    return judged(verdict, true);
  }
  if ('error' in ours && chain === null && isMeaningless(ours.error, c.conv, c.wild ?? {})) {
    return judged('refusedAlone');
  }
  const largest = largestOf(c);
  const verdict = await agreed(bench, runnable, c, (theirs) =>
    besideStock(ours, theirs, (value) => wholeError(precision, value, largest)),
  );
  return judged(verdict);
}

/** Largest absolute value that a case of whole numbers may have, in its result or on the way. */
function largestOf({ conv, wild }: FuzzCase): number {
  const [height, width, channels] = (wild?.filter ?? conv.filter) as readonly number[];
  return (height * width * channels * LARGEST + 1) * LARGEST ** 2;
}

/** Number of convolutions that a case has to compute; 0 if an operand or the result is empty. */
function convolutionsOf(c: FuzzCase, chain: Chain | null, { values }: Answer): number {
  const filter = (c.wild?.filter ?? c.conv.filter) as readonly number[];
  const isEmpty = values.length === 0 || [...c.conv.in, ...filter].includes(0);
  if (isEmpty) return 0;
  return chain === null ? 1 : chain.stages.filter(({ convolves }) => convolves).length;
}

function asStage({ hold, run }: ReturnType<typeof wildCall>): Runnable['stages'][number] {
  return { hold, run: (_y, held) => run(held) };
}

function checkLeft({ left, ...outcome }: Attempt): void {
  if (left === null) return;
  const how = 'error' in outcome ? `refused with ${messageOf(outcome.error)}, and ` : '';
  throw new Wrong(`${how}leaves ${left} behind`);
}
