/** What a case is run under, beside its own arguments. */
import * as tf from '@tensorflow/tfjs-core';
import { stateOf } from '../../src/validator/state.js';
import type { FuzzCase } from './fuzzCase.js';

type Leave = () => void;

/** Each sets something up, and gives what takes it back. */
const enter: Record<Exclude<NonNullable<FuzzCase['state']>, 'tape'>, () => Leave> = {
  /** tfjs then reads, times and logs the result of every kernel. */
  debug: () => {
    const { log, warn } = console;
    console.log = () => {};
    console.warn = () => {};
    tf.env().set('DEBUG', true);
    return () => {
      tf.env().set('DEBUG', false);
      Object.assign(console, { log, warn });
    };
  },
  limit: () => {
    tf.env().set('TILED_GPU_BYTES_LIMIT', 0);
    return () => tf.env().set('TILED_GPU_BYTES_LIMIT', -1);
  },
};

/** How often is waited for the reads that tfjs does of its own. */
const MOST_TURNS = 1000;

/** Runs a body in a state of the backend in use. */
export async function inState<T>(state: FuzzCase['state'], body: () => Promise<T>): Promise<T> {
  if (state === undefined || state === 'tape') return body();
  const before = JSON.stringify(stateOf());
  const leave = enter[state]();
  try {
    return await body();
  } finally {
    // Nobody can ask tfjs whether its own reads are done.
    for (let turn = 0; state === 'debug' && turn < MOST_TURNS; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
      if (JSON.stringify(stateOf()) === before) break;
    }
    leave();
  }
}
