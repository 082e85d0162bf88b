/** Runs cases in the current page or process; shared by the browser and Node hosts. */
import * as core from '@tensorflow/tfjs-core';
import {
  type Attempt,
  type CaseResult,
  parseCaseId,
  validate,
} from '../../../src/validator/index.js';
import { captured } from './captured.js';
import type { Run } from './job.js';
import { isWrong } from './supervise.js';
import { variantControl } from './variants.js';

/** Error for a request that names an unregistered backend, as opposed to a failure. */
export class NotRegistered extends Error {
  override name = 'NotRegistered';
}

/** Callbacks as in `validate`. */
export interface RunListener {
  onAttempt?(attempt: Attempt): void;
  onResult(result: CaseResult): void | Promise<void>;
}

/**
 * Runs cases up to and including the first with a wrong result. After it, no backend of this page
 * or process can be trusted. If `variant` names one variant, reports only its results.
 */
export async function runIds(
  run: Run,
  { onAttempt, onResult }: RunListener,
  signal?: AbortSignal,
): Promise<void> {
  const { backend, reference, ids, variant, isCaptured, precision } = run;
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
    precision,
    prepare: isCaptured ? captured : undefined,
    variants: variantControl(backend, variant),
    onAttempt,
    onResult: async (result) => {
      if (isWrong(result)) stop.abort();
      if (isAsked(result)) await onResult(result);
    },
    signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
  });
}
