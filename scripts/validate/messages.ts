import type { Attempt, CaseResult } from '../../src/validator/index.js';

/** What the page that runs cases POSTs to /progress, in arrays, written with `writeJson`. */
export type Message =
  | { renderer: string; userAgent: string; tfjs: string }
  | { attempt: Attempt }
  | { result: CaseResult };

/** What it POSTs to /result when it is through. */
export type Ending =
  | { done: number }
  | {
      error: string;
      /** What is behind it, as `thrownText` tells it. */
      thrown: string;
      /** 'module': the module that is loaded first threw. */
      kind: 'notRegistered' | 'module' | 'other';
    };

/** Paths under which the page fetches what its URL cannot hold. */
export const casesPath = '/validate-cases.json';
export const modulePath = '/validate-module.js';
