import * as tf from '@tensorflow/tfjs-core';

/** Counts that a case must leave unchanged. */
type State = Readonly<Record<'tensor' | 'data buffer' | 'backend record' | 'GPU byte', number>>;

export function stateOf(): State {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesInGPU?: number };
  return {
    tensor: memory.numTensors,
    'data buffer': memory.numDataBuffers,
    'backend record': tf.backend().numDataIds(),
    'GPU byte': memory.numBytesInGPU ?? 0,
  };
}

/**
 * Describes the counts that differ from those before, and a pending WebGL error; null if there is
 * neither.
 */
export function changesSince(before: State): string | null {
  const after = stateOf();
  const changes = (Object.keys(after) as (keyof State)[]).flatMap((what) => {
    const more = after[what] - before[what];
    const count = Math.abs(more);
    return more === 0
      ? []
      : [`${count} ${what}${count > 1 ? 's' : ''} ${more > 0 ? 'more' : 'fewer'}`];
  });
  const error = webglError();
  if (error !== 0) changes.push(`WebGL error ${error}`);
  return changes.length === 0 ? null : changes.join(', ');
}

/**
 * Returns the pending WebGL error of the backend in use; 0 if there is no error or no WebGL
 * context.
 */
function webglError(): number {
  const backend = tf.backend() as { getGPGPUContext?(): { gl: WebGLRenderingContext } };
  return backend.getGPGPUContext?.().gl.getError() ?? 0;
}
