/** Reads that end where a backend's own would not. */
import * as tf from '@tensorflow/tfjs-core';

/** Milliseconds between two looks at a context while a read is pending. */
const LOOK_MS = 20;

/** Number of looks that find a context lost before its read is given up. */
const LOOKS = 3;

/** Part of stock webgl, and of the backends that extend it. */
interface WithContext {
  readonly gpgpu?: { readonly gl?: WebGL2RenderingContext };
}

/**
 * Returns a tensor's values. Stock webgl polls for ever once its context is lost, so a read that is
 * still pending then is given up.
 * @throws Error of the backend; Error if the WebGL context of the backend in use is lost
 */
export async function valuesOf(y: tf.Tensor): Promise<tf.TypedArray> {
  const gl = (tf.backend() as WithContext).gpgpu?.gl;
  const values = y.data();
  if (gl === undefined) return values;
  let timer: ReturnType<typeof setInterval> | undefined;
  let found = 0;
  const loss = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      if (!gl.isContextLost() || ++found < LOOKS) return;
      reject(new Error(`the WebGL context of backend "${tf.getBackend()}" was lost`));
    }, LOOK_MS);
  });
  try {
    return await Promise.race([values, loss]);
  } finally {
    clearInterval(timer);
  }
}
