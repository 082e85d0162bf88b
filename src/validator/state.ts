import * as tf from '@tensorflow/tfjs-core';

/** What a case must leave as it found it. */
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

/** What there is more or less of than before, and a WebGL error if there is one; or null. */
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

/** The pending error of the context of the backend in use; 0 for none, or for no such context. */
function webglError(): number {
  const backend = tf.backend() as { getGPGPUContext?(): { gl: WebGLRenderingContext } };
  return backend.getGPGPUContext?.().gl.getError() ?? 0;
}
