import * as tf from '@tensorflow/tfjs-core';
import { caseId } from './caseId.js';
import { type Case, isConvCase } from './cases.js';
import { compare, type Difference, describeComparison, type Reference } from './compare.js';
import { isForward } from './convCase.js';
import type { StoredPrecision } from './convReference.js';
import { familyOf, tfjsKernelOf } from './families.js';
import { caseInputs, type Inputs } from './inputs.js';
import { InputsChanged } from './operands.js';
import { reference } from './reference.js';
import type { CaseResult, Verdict } from './results.js';
import { type Prepare, runRepeatedly, useBackend } from './runCase.js';

export type { CaseResult, Verdict };

/** Control that makes a backend compute with one of its variants. */
export interface VariantControl {
  readonly names: readonly string[];
  /** Forces a variant; null lets the backend choose again. */
  force(name: string | null): void;
  /** True if an error says that the forced variant does not accept the case. */
  isRefusal(error: unknown): boolean;
}

/** One backend's part in a case. */
export interface Attempt {
  readonly id: string;
  readonly backend: string;
  /** Forced variant; null if the backend chooses. */
  readonly variant: string | null;
}

export interface ValidateOptions {
  /** Name of a registered backend. */
  backend: string;
  /** Backends to judge beside it; none by default. */
  reference?: readonly string[];
  cases: Iterable<Case>;
  /** Prepares the backend's computations; by default, each calls the op. */
  prepare?: Prepare;
  /** Floats in which the backend stores tensors, which decide the bound; 'float32' by default. */
  precision?: StoredPrecision;
  /** Variants to run each convolution with as well, if they accept it; other kernels have none. */
  variants?: VariantControl;
  /**
   * Called before each computation, so that after a crash or an endless loop the last call names
   * the computation at fault.
   */
  onAttempt?(attempt: Attempt): void;
  /** Called with each result; the next case waits for the returned promise. */
  onResult?(result: CaseResult): void | Promise<void>;
  /** Ends the run after the current case, with the results so far. */
  signal?: AbortSignal;
}

/** Result of one backend's attempt; `error` is in units of the bound. */
type Trial =
  | { kind: 'answer'; error: number; message: string; first: Difference | null }
  | { kind: 'threw'; error: unknown }
  | { kind: 'noKernel' }
  /** The backend's source of inputs changes their values. */
  | { kind: 'noInputs'; why: string };

/**
 * Number of runs of a case: the second finds programs, textures and packed filters of the first.
 */
const RUNS = 2;

/** Milliseconds after which the run lets the page or the process do other work. */
const BREATH_MS = 50;

/**
 * Runs each case on a backend and on the references, and compares all results with the float64
 * result and its bound, which are computed from the case alone. The backend runs every case twice
 * on the same tensors; anything that a case leaves behind on the backend is an error like a wrong
 * value.
 *
 * A case is skipped if the backend has no such kernel, if it does not make the inputs as the case says,
 * or if the backend and every reference refuse the case; a reference without the kernel or the inputs
 * does not count.
 *
 * ```js
 * const results = await validate({ backend: 'webgl', reference: ['cpu'], cases: coreGrid() });
 * const wrong = results.filter(({ verdict }) => isFailure(verdict));
 * for (const { id, message } of wrong) console.log(id, message);
 * ```
 *
 * @throws Error if a backend is unknown or does not start, or if there is no case at all
 */
export async function validate(options: ValidateOptions): Promise<CaseResult[]> {
  const { backend, reference: stock = [], prepare, signal, variants, precision } = options;
  await requireBackends([backend, ...stock]);
  const results: CaseResult[] = [];
  const emit = async (result: CaseResult) => {
    results.push(result);
    await options.onResult?.(result);
  };
  let isEmpty = true;
  let breath = performance.now();
  for (const c of options.cases) {
    isEmpty = false;
    if (signal?.aborted) break;
    const inputs = caseInputs(c);
    const truth = reference(c, inputs, precision);
    // Stock backends store float32.
    const fullTruth = precision === 'half' ? reference(c, inputs) : truth;
    const stockTrials = new Map<string, Trial>();
    const announce = (name: string, variant: string | null) =>
      options.onAttempt?.({ id: caseId(c), backend: name, variant });
    for (const name of stock) {
      announce(name, null);
      stockTrials.set(name, await attempt(c, name, inputs, fullTruth, 1));
    }
    for (const variant of [null, ...(isConvolution(c) ? (variants?.names ?? []) : [])]) {
      const start = performance.now();
      variants?.force(variant);
      announce(backend, variant);
      try {
        const trial = await attempt(c, backend, inputs, truth, RUNS, prepare);
        const refused = trial.kind === 'threw' && variants?.isRefusal(trial.error);
        if (variant !== null && refused) continue;
        await emit(judge(c, variant, trial, stockTrials, performance.now() - start));
      } finally {
        variants?.force(null);
      }
      if (performance.now() - breath > BREATH_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        breath = performance.now();
      }
    }
  }
  if (isEmpty) throw new Error('There is no case to validate.');
  return results;
}

async function requireBackends(names: readonly string[]): Promise<void> {
  const before = tf.getBackend();
  try {
    for (const name of names) await useBackend(name);
  } finally {
    if (before) await useBackend(before);
  }
}

function isConvolution(c: Case): boolean {
  return isConvCase(c) && isForward(c.kernel);
}

async function attempt(
  c: Case,
  backend: string,
  inputs: Inputs,
  truth: Reference,
  times: number,
  prepare?: Prepare,
): Promise<Trial> {
  if (tf.getKernel(tfjsKernelOf(c), backend) == null) return { kind: 'noKernel' };
  try {
    const { answers, left } = await runRepeatedly(c, backend, inputs, times, prepare);
    const comparisons = answers.map((answer) => compare(answer, truth));
    const bad = comparisons.findIndex(({ ok }) => !ok);
    const told = comparisons[Math.max(0, bad)];
    const run = bad > 0 ? `run ${bad + 1}: ` : '';
    const message = run + describeComparison(told);
    const { first } = told;
    const error = Math.max(...comparisons.map(({ worst }) => worst));
    if (left === null) return { kind: 'answer', error, message, first };
    const leak = `leaves ${left} behind`;
    return {
      kind: 'answer',
      error: Infinity,
      message: bad < 0 ? `${leak}; ${message}` : `${message}; ${leak}`,
      first,
    };
  } catch (error) {
    if (error instanceof InputsChanged) return { kind: 'noInputs', why: error.message };
    return { kind: 'threw', error };
  }
}

function judge(
  c: Case,
  variant: string | null,
  trial: Trial,
  stock: ReadonlyMap<string, Trial>,
  ms: number,
): CaseResult {
  const stockError = Object.fromEntries([...stock].map(([name, t]) => [name, errorOf(t)]));
  const common = { id: caseId(c), family: familyOf(c), variant, stockError, ms };
  const references = [...stock.values()].filter(
    ({ kind }) => kind !== 'noKernel' && kind !== 'noInputs',
  );
  const skip =
    trial.kind === 'noKernel'
      ? `the backend has no kernel ${tfjsKernelOf(c)}`
      : trial.kind === 'noInputs'
        ? `the backend makes other inputs: ${trial.why}`
        : trial.kind === 'threw' &&
            references.length > 0 &&
            references.every((t) => t.kind === 'threw')
          ? `refused by every backend: ${messageOf(trial.error)}`
          : null;
  if (skip !== null) {
    return { ...common, verdict: 'skipped', error: null, message: skip, first: null };
  }
  const error = errorOf(trial);
  const verdict = verdicts[isWrong(error) ? 1 : 0][Object.values(stockError).some(isWrong) ? 1 : 0];
  const others = [...stock].flatMap(([name, t]) =>
    isWrong(errorOf(t)) ? [`${name}: ${tell(t)}`] : [],
  );
  const first = trial.kind === 'answer' ? trial.first : null;
  return { ...common, verdict, error, message: [tell(trial), ...others].join('; '), first };
}

/** Verdicts by [is the backend wrong][is a reference wrong]. */
const verdicts: readonly (readonly Verdict[])[] = [
  ['pass', 'stockWrong'],
  ['backendWrong', 'bothWrong'],
];

function isWrong(error: number | null): boolean {
  return error !== null && error > 1;
}

function errorOf(trial: Trial): number | null {
  if (trial.kind === 'noKernel' || trial.kind === 'noInputs') return null;
  return trial.kind === 'threw' ? Infinity : trial.error;
}

function tell(trial: Trial): string {
  if (trial.kind === 'noKernel') return 'no such kernel';
  if (trial.kind === 'noInputs') return trial.why;
  return trial.kind === 'threw' ? `throws ${messageOf(trial.error)}` : trial.message;
}

/** Returns the message of an error in one line. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ');
}
