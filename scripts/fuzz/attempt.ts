/** Runs a fuzz case on a backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { Numbers } from '../../src/validator/index.js';
import { useBackend } from '../../src/validator/runCase.js';
import { changesSince, stateOf } from '../../src/validator/state.js';
import type { FuzzCase } from './fuzzCase.js';

/** What can be run: chains and wild calls alike. */
export interface Runnable {
  readonly stages: readonly {
    hold(): object;
    run(y: tf.Tensor | null, held: object): tf.Tensor;
  }[];
  readonly keeps: boolean;
}

/** What came of it; `left` is what it left behind, such as "1 tensor more", or null. */
export type Attempt = { readonly left: string | null } & (
  | {
      /** Of each run, the answer of each stage; null where it was not read. */
      readonly answers: readonly (readonly (Numbers | null)[])[];
    }
  | { readonly error: unknown }
);

async function answersOnce(
  { stages, keeps }: Runnable,
  held: readonly object[],
  read: FuzzCase['read'],
): Promise<(Numbers | null)[]> {
  const results = tf.tidy(() => {
    const all: tf.Tensor[] = [];
    for (const [i, stage] of stages.entries()) all.push(stage.run(all[i - 1] ?? null, held[i]));
    return keeps ? all : all.slice(-1);
  });
  const answers: (Numbers | null)[] = stages.map(() => null);
  try {
    // The last one first: reading the others before it would have them computed by themselves.
    for (let i = results.length - 1; i >= 0; i--) {
      const y = results[i];
      const values = read === 'data' ? await y.data() : y.dataSync();
      answers[stages.length - results.length + i] = {
        values: new Float32Array(values),
        shape: y.shape,
      };
    }
  } finally {
    tf.dispose(results);
  }
  return answers;
}

/** Runs it as often as the case says, on the same tensors; leaves the backend the current one. */
export async function attempt(
  runnable: Runnable,
  { read, runs }: FuzzCase,
  backend: string,
): Promise<Attempt> {
  await useBackend(backend);
  const before = stateOf();
  let outcome: { answers: (Numbers | null)[][] } | { error: unknown };
  const held: object[] = [];
  try {
    for (const stage of runnable.stages) held.push(tf.tidy(() => ({ ...stage.hold() })));
    const answers: (Numbers | null)[][] = [];
    for (let run = 0; run < runs; run++) answers.push(await answersOnce(runnable, held, read));
    outcome = { answers };
  } catch (error) {
    outcome = { error };
  } finally {
    for (const tensors of held) tf.dispose({ ...tensors } as tf.TensorContainerObject);
  }
  return { ...outcome, left: changesSince(before) };
}
