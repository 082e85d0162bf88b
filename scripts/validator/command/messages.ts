import type { Attempt, CaseResult } from '../../../src/validator/index.js';

/**
 * Message that the page running the cases POSTs to /progress, in arrays, written with `writeJson`.
 */
export type Message =
  | { renderer: string; userAgent: string; tfjs: string }
  | { attempt: Attempt }
  | { result: CaseResult };

/** Message that the page POSTs to /result when it has finished. */
export type Ending =
  | { done: number }
  | {
      error: string;
      /** Text of the underlying error, from `thrownText`. */
      thrown: string;
      /** 'module': the module that is loaded first threw an error. */
      kind: 'notRegistered' | 'module' | 'other';
    };

/** Paths from which the page fetches data that its URL cannot hold. */
export const casesPath = '/validate-cases.json';
export const modulePath = '/validate-module.js';
