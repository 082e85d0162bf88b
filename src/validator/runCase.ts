import * as tf from '@tensorflow/tfjs-core';
import type { ConvCase } from './convCase.js';
import { type CaseInputs, caseInputs, type Numbers } from './inputs.js';
import { makeOperands } from './operands.js';
import { op } from './ops.js';
import { changesSince, stateOf } from './state.js';

/** Results of a case that was computed several times in a row on the same tensors. */
export interface Runs {
  readonly answers: readonly Numbers[];
  /** Leftovers of the runs, such as "1 tensor more", or null. */
  readonly left: string | null;
}

/** Runs a case through tfjs's public op on a registered backend, and leaves tfjs as it was. */
export async function runCase(
  c: ConvCase,
  backendName: string,
  inputs: CaseInputs = caseInputs(c),
): Promise<Numbers> {
  return (await runRepeatedly(c, backendName, inputs, 1)).answers[0];
}

/**
 * Runs a case `times` times on the same tensors.
 * @throws Error of the op or the backend, after all tensors of the case are disposed of
 */
export async function runRepeatedly(
  c: ConvCase,
  backendName: string,
  inputs: CaseInputs,
  times: number,
): Promise<Runs> {
  const before = tf.getBackend();
  await useBackend(backendName);
  try {
    const state = stateOf();
    const answers = await answersOf(c, inputs, times);
    return { answers, left: changesSince(state) };
  } finally {
    if (before && before !== backendName) await tf.setBackend(before);
  }
}

/**
 * Makes a registered backend active.
 * @throws Error that says why the backend cannot be used; its cause is the backend's own error
 */
export async function useBackend(name: string): Promise<void> {
  if (tf.getBackend() === name) return;
  if (tf.findBackendFactory(name) == null && tf.findBackend(name) == null) {
    throw new Error(`Backend "${name}" is not registered with tfjs.`);
  }
  if (!(await tf.setBackend(name))) {
    const cause = await refusalOf(name);
    const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : cause}`;
    throw new Error(`Backend "${name}" does not start on this device${reason}`, { cause });
  }
}

/**
 * Returns the error that keeps a backend from starting. tfjs only logs it as a warning, so this
 * makes the backend once more.
 */
async function refusalOf(name: string): Promise<unknown> {
  try {
    const made = await tf.findBackendFactory(name)();
    made.dispose();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function answersOf(c: ConvCase, inputs: CaseInputs, times: number): Promise<Numbers[]> {
  const operands = tf.tidy(() => ({ ...makeOperands(c, inputs) }));
  const answers: Numbers[] = [];
  try {
    for (let run = 0; run < times; run++) {
      const y = tf.tidy(() => op(c, operands));
      try {
        answers.push({ values: new Float32Array(await y.data()), shape: y.shape });
      } finally {
        y.dispose();
      }
    }
  } finally {
    tf.dispose({ ...operands });
  }
  return answers;
}
