/** Runs a fuzz case on a backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { Operands } from '../../src/validator/convOps.js';
import type { Numbers, NumbersType } from '../../src/validator/index.js';
import { useBackend } from '../../src/validator/runCase.js';
import { changesSince, stateOf } from '../../src/validator/state.js';
import type { FuzzCase } from './fuzzCase.js';
import { inState } from './states.js';

/** A chain or a wild call, ready to run. */
export interface Runnable {
  readonly stages: readonly {
    hold(): object;
    run(y: tf.Tensor | null, held: object): tf.Tensor;
  }[];
  readonly keeps: boolean;
}

export interface Answer extends Numbers {
  readonly dtype: NumbersType;
}

/** Answers of one run. */
interface Answers {
  /** Answer of each stage; null if it was not read. */
  readonly stages: readonly (Answer | null)[];
  /** Gradients of the last stage by the first stage's input and filter; empty without a tape. */
  readonly gradients: readonly Answer[];
}

/** Outcome of a case. `left` describes leaked resources, such as "1 tensor more", or is null. */
export type Attempt = { readonly left: string | null } & (
  | { readonly runs: readonly Answers[] }
  | { readonly error: unknown }
);

/** Runs the stages one after another and returns their results. */
function resultsOf(stages: Runnable['stages'], held: readonly object[]): tf.Tensor[] {
  const all: tf.Tensor[] = [];
  for (const [i, stage] of stages.entries()) all.push(stage.run(all[i - 1] ?? null, held[i]));
  return all;
}

async function read(y: tf.Tensor, how: FuzzCase['read']): Promise<Answer> {
  const values = how === 'data' ? await y.data() : y.dataSync();
  return { values: new Float32Array(values), shape: y.shape, dtype: y.dtype as NumbersType };
}

async function answersOnce(
  { stages, keeps }: Runnable,
  held: readonly object[],
  how: FuzzCase['read'],
): Promise<Answers> {
  const results = tf.tidy(() => {
    const all = resultsOf(stages, held);
    return keeps ? all : all.slice(-1);
  });
  const answers: (Answer | null)[] = stages.map(() => null);
  try {
    // Read the last result first, because reading an earlier one first would compute it separately.
    for (let i = results.length - 1; i >= 0; i--) {
      answers[stages.length - results.length + i] = await read(results[i], how);
    }
  } finally {
    tf.dispose(results);
  }
  return { stages: answers, gradients: [] };
}

async function answersUnderTape(
  { stages }: Runnable,
  held: readonly object[],
  how: FuzzCase['read'],
): Promise<Answers> {
  const first = held[0] as Operands;
  const chain = (x: tf.Tensor, filter: tf.Tensor) => {
    const all = resultsOf(stages, [{ ...first, x, filter }, ...held.slice(1)]);
    return all[all.length - 1];
  };
  const { value, grads } = tf.valueAndGrads(chain)([first.x, first.filter]);
  try {
    const gradients: Answer[] = [];
    for (const gradient of grads) gradients.push(await read(gradient, how));
    const answers: (Answer | null)[] = stages.map(() => null);
    answers[stages.length - 1] = await read(value, how);
    return { stages: answers, gradients };
  } finally {
    tf.dispose([value, ...grads]);
  }
}

/** Runs a case as often as it says, on the same tensors. The backend stays the current one. */
export async function attempt(
  runnable: Runnable,
  { read: how, runs: times, state }: Pick<FuzzCase, 'read' | 'runs' | 'state'>,
  backend: string,
): Promise<Attempt> {
  await useBackend(backend);
  const before = stateOf();
  const once = state === 'tape' ? answersUnderTape : answersOnce;
  const outcome = await inState(state, async () => {
    const held: object[] = [];
    try {
      for (const stage of runnable.stages) held.push(tf.tidy(() => ({ ...stage.hold() })));
      const runs: Answers[] = [];
      for (let run = 0; run < times; run++) runs.push(await once(runnable, held, how));
      return { runs };
    } catch (error) {
      return { error };
    } finally {
      for (const tensors of held) tf.dispose({ ...tensors } as tf.TensorContainerObject);
    }
  });
  return { ...outcome, left: changesSince(before) };
}
