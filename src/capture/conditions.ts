/** Conditions under which a model must run eagerly, and flags that a recording depends on. */
import { engine, env, type Tensor } from '@tensorflow/tfjs-core';
import { mark } from '../tune/model.js';
import type { Recorder } from './engine.js';

/** Returns why this prediction may not be recorded or made again now; null if it may. */
export function whyEager(
  backend: object,
  recorder: Recorder,
  inputs: readonly Tensor[],
): string | null {
  const { state } = engine();
  if (engine().backend !== backend) return 'another backend is active';
  if (recorder.isRecording) return 'it is part of a prediction that is being recorded';
  if (state.gradientDepth > 0) return 'gradients are computed';
  if (state.profiling) return 'tf.profile() runs';
  if (recorder.isTimed) return 'tf.time() runs';
  if (env().getBool('DEBUG')) return 'debug mode is on';
  // The flag is stock webgl's, which may be absent; get() would throw then.
  if (env().getFlags().ENGINE_COMPILE_ONLY === true) return 'programs are compiled only';
  if (inputs.length === 0) return 'there are no inputs';
  for (const { dtype, size } of inputs) {
    if (dtype === 'string' || dtype === 'complex64') return `an input is a tensor of ${dtype}`;
    if (size === 0) return 'an input has no values';
  }
  return null;
}

/** Values of all flags that were read so far. */
export class FlagValues {
  private readonly values = Object.entries(env().getFlags());

  /** Returns the name of a flag that has another value now; null for none. */
  changed(): string | null {
    const now = env().getFlags();
    for (const [name, value] of this.values) if (now[name] !== value) return name;
    return null;
  }
}

/** State that a prediction must leave as it is: what each variable holds, and what is kept. */
export class StateBefore {
  private readonly variables = Object.values(engine().state.registeredVariables).map(
    (variable) => [variable, variable.dataId] as const,
  );
  private readonly tensors = engine().state.numTensors;
  private readonly before = mark();

  constructor(private readonly inputs: readonly Tensor[]) {}

  /**
   * Returns how a prediction has changed the state; null if it has not.
   * @param outputs tensors that it returned
   */
  changedBy(outputs: readonly Tensor[]): string | null {
    if (this.inputs.some(({ isDisposed }) => isDisposed)) return 'it disposes of its inputs';
    if (this.variables.some(([variable, dataId]) => variable.dataId !== dataId)) {
      return 'it assigns to a variable';
    }
    const made = new Set(outputs.filter(({ id }) => id > this.before));
    const kept = engine().state.numTensors - this.tensors - made.size;
    return kept > 0 ? 'it keeps a tensor that it makes' : null;
  }
}
