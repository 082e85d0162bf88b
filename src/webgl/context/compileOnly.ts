/** The mode in which programs are compiled and nothing is drawn: a flag of stock's, which links without waiting. */
import { env } from '@tensorflow/tfjs-core';

const COMPILE_ONLY = 'ENGINE_COMPILE_ONLY';
export const isCompiling = () => env().getBool(COMPILE_ONLY);

/** Runs a body that draws in any case. */
export function evenIfCompiling<T>(body: () => T): T {
  if (!isCompiling()) return body();
  env().set(COMPILE_ONLY, false);
  try {
    return body();
  } finally {
    env().set(COMPILE_ONLY, true);
  }
}

/** A read of what was not drawn: the run for the sake of its programs ends here. */
export class NothingDrawn extends Error {
  override name = 'NothingDrawn';

  constructor() {
    super('nothing is drawn while programs are compiled ahead, so that there is nothing to read');
  }
}

/** Runs a body that draws nothing, but compiles the programs it asks for. */
export function whileCompiling<T>(body: () => T): T {
  env().set(COMPILE_ONLY, true);
  try {
    return body();
  } finally {
    env().set(COMPILE_ONLY, false);
  }
}
