/** Runs cases in this page or process: what the command does in a browser and in Node alike. */
import * as core from '@tensorflow/tfjs-core';
import { type Attempt, type CaseResult, parseCaseId, validate } from '../../src/validator/index.js';
import type { Run } from './job.js';
import { isWrong } from './supervise.js';
import { variantControl } from './variants.js';

/** What cannot be run because of what was asked for, not because something failed. */
export class NotRegistered extends Error {
  override name = 'NotRegistered';
}

/** As of `validate`. */
export interface RunListener {
  onAttempt?(attempt: Attempt): void;
  onResult(result: CaseResult): void | Promise<void>;
}

/**
 * Runs cases until one has a wrong result, and that one to its end: after it, no backend of this
 * page or process is to be trusted. With one variant alone, gives its results only.
 */
export async function runIds(
  run: Run,
  { onAttempt, onResult }: RunListener,
  signal?: AbortSignal,
): Promise<void> {
  const { backend, reference, ids, variant } = run;
  for (const name of [backend, ...reference]) {
    if (core.findBackendFactory(name) == null) {
      throw new NotRegistered(`backend "${name}" is not registered`);
    }
  }
  const isAsked = (result: CaseResult) =>
    variant === '' || variant === 'all' || result.variant === variant;
  const stop = new AbortController();
  await validate({
    backend,
    reference,
    cases: ids.map(parseCaseId),
    variants: variantControl(backend, variant),
    onAttempt,
    onResult: async (result) => {
      if (isWrong(result)) stop.abort();
      if (isAsked(result)) await onResult(result);
    },
    signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
  });
}
