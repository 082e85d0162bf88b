import * as tf from '@tensorflow/tfjs-core';
import { type Case, isConvCase } from './cases.js';
import { caseInputs, type Inputs } from './inputs.js';
import type { Numbers, NumbersType } from './numbers.js';
import { checkOperands, makeOperands } from './operands.js';
import { firstOperand, op } from './ops.js';
import { valuesOf } from './read.js';
import { changesSince, stateOf } from './state.js';

/** Results of a case that was computed several times in a row on the same tensors. */
export interface Runs {
  readonly answers: readonly Numbers[];
  /** Leftovers of the runs, such as "1 tensor more", or null. */
  readonly left: string | null;
}

/** Computes a case from its first operand: dy of a transposed convolution, else x. */
export type Compute = (first: tf.Tensor) => tf.Tensor;

/**
 * Prepares computations of a case, before the first and after which nothing of it may be left. The
 * operand is one like the case's own, with other values.
 * @throws Error of the op or the backend
 */
export type Prepare = (
  compute: Compute,
  example: tf.Tensor,
) => Promise<{ readonly compute: Compute; dispose(): void }>;

/** Runs a case through tfjs's public op on a registered backend, and leaves tfjs as it was. */
export async function runCase(
  c: Case,
  backendName: string,
  inputs: Inputs = caseInputs(c),
): Promise<Numbers> {
  return (await runRepeatedly(c, backendName, inputs, 1)).answers[0];
}

/**
 * Runs a case `times` times on the same tensors.
 * @throws Error of the op or the backend, after all tensors of the case are disposed of
 */
export async function runRepeatedly(
  c: Case,
  backendName: string,
  inputs: Inputs,
  times: number,
  prepare?: Prepare,
): Promise<Runs> {
  const before = tf.getBackend();
  await useBackend(backendName);
  try {
    const state = stateOf();
    const answers = await answersOf(c, inputs, times, prepare);
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

async function answersOf(
  c: Case,
  inputs: Inputs,
  times: number,
  prepare?: Prepare,
): Promise<Numbers[]> {
  const name = firstOperand(c);
  const operands = tf.tidy(() => ({ ...makeOperands(c, inputs) }));
  const first = operands[name];
  const answers: Numbers[] = [];
  let end = () => {};
  try {
    let compute: Compute = (other) => op(c, { ...operands, [name]: other });
    if (prepare !== undefined) {
      const others = withOtherValues(inputs, name);
      const example = tf.tidy(() => ({ ...makeOperands(c, others) }));
      try {
        ({ compute, dispose: end } = await prepare(compute, example[name]));
      } finally {
        tf.dispose({ ...example });
      }
    }
    for (let run = 0; run < times; run++) {
      const y = tf.tidy(() => compute(first));
      try {
        const values = new Float32Array(await valuesOf(y));
        answers.push({ values, shape: y.shape, dtype: y.dtype as NumbersType });
      } finally {
        y.dispose();
      }
    }
    // At the end, because reading makes a backend compute what it has put off.
    if (!isConvCase(c)) await checkOperands(c, inputs, operands);
  } finally {
    end();
    tf.dispose({ ...operands });
  }
  return answers;
}

/** Returns the inputs with the values of one operand in another order. */
function withOtherValues(inputs: Inputs, name: string): Inputs {
  const numbers = (inputs as Readonly<Record<string, Numbers>>)[name];
  return { ...inputs, [name]: { ...numbers, values: numbers.values.slice().reverse() } };
}
