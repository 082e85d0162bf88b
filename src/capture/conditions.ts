/** Conditions under which a model must run eagerly, and flags that a recording depends on. */
import { engine, env } from '@tensorflow/tfjs-core';

/** Returns why a prediction on this backend may not be recorded or made again now; null if it may. */
export function whyEager(backend: object, isTimed: boolean): string | null {
  const { state } = engine();
  if (engine().backend !== backend) return 'another backend is active';
  if (state.gradientDepth > 0 || state.activeTape != null) return 'gradients are computed';
  if (state.profiling) return 'tf.profile() runs';
  if (isTimed) return 'tf.time() runs';
  if (env().getBool('DEBUG')) return 'debug mode is on';
  if (env().getBool('ENGINE_COMPILE_ONLY')) return 'programs are compiled only';
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
