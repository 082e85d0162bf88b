/** Environment settings under which a case runs. */
import * as tf from '@tensorflow/tfjs-core';
import { stateOf } from '../../src/validator/state.js';
import type { FuzzCase } from './fuzzCase.js';

type Leave = () => void;

/** Functions that set up a state; each returns a function that restores the previous state. */
const enter: Record<Exclude<NonNullable<FuzzCase['state']>, 'tape'>, () => Leave> = {
  /** Makes tfjs read, time and log the result of every kernel. */
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

/** Maximum number of turns of the event loop to wait for tfjs's own reads. */
const MOST_TURNS = 1000;

/** Runs a body in a state of the current backend. */
export async function inState<T>(state: FuzzCase['state'], body: () => Promise<T>): Promise<T> {
  if (state === undefined || state === 'tape') return body();
  const before = JSON.stringify(stateOf());
  const leave = enter[state]();
  try {
    return await body();
  } finally {
    // tfjs does not report when its own reads are done, so wait until nothing is held for them.
    for (let turn = 0; state === 'debug' && turn < MOST_TURNS; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
      if (JSON.stringify(stateOf()) === before) break;
    }
    leave();
  }
}
