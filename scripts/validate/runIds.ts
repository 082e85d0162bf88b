/** Runs cases in this page or process: what the command does in a browser and in Node alike. */
import * as core from '@tensorflow/tfjs-core';
import { type CaseResult, parseCaseId, validate } from '../../src/validator/index.js';
import { variantControl } from './variants.js';

export interface Run {
  backend: string;
  reference: string[];
  ids: string[];
  /** 'all', the name of one variant, or '' for the backend's own choice. */
  variant: string;
}

/** What cannot be run because of what was asked for, not because something failed. */
export class NotRegistered extends Error {
  override name = 'NotRegistered';
}

/** With one variant alone, its results only. */
export async function runIds(
  run: Run,
  onResult: (result: CaseResult) => void | Promise<void>,
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
  await validate({
    backend,
    reference,
    cases: ids.map(parseCaseId),
    variants: variantControl(backend, variant),
    onResult: (result) => (isAsked(result) ? onResult(result) : undefined),
    signal,
  });
}
