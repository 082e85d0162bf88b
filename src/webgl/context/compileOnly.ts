/**
 * The mode in which programs are compiled and nothing is drawn: a stock flag, with which stock
 * links programs without waiting.
 */
import { env } from '@tensorflow/tfjs-core';

const COMPILE_ONLY = 'ENGINE_COMPILE_ONLY';
export const isCompiling = () => env().getBool(COMPILE_ONLY);

/** Runs a body that draws even in this mode. */
export function evenIfCompiling<T>(body: () => T): T {
  if (!isCompiling()) return body();
  env().set(COMPILE_ONLY, false);
  try {
    return body();
  } finally {
    env().set(COMPILE_ONLY, true);
  }
}

/** Error of a read of values that were not drawn: a run that only compiles programs ends here. */
export class NothingDrawn extends Error {
  override name = 'NothingDrawn';

  constructor() {
    super('nothing is drawn while programs are compiled ahead, so that there is nothing to read');
  }
}

/** Runs a body that draws nothing but compiles the programs it requests. */
export function whileCompiling<T>(body: () => T): T {
  env().set(COMPILE_ONLY, true);
  try {
    return body();
  } finally {
    env().set(COMPILE_ONLY, false);
  }
}
