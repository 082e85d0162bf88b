/** What befalls the WebGL context in use. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend, env } from '@tensorflow/tfjs-core';

const LIMIT = 'TILED_GPU_BYTES_LIMIT';

function context(): WebGL2RenderingContext {
  const engine = backend();
  if (!(engine instanceof MathBackendWebGL)) throw new Error('the backend in use has no context');
  return engine.gpgpu.gl as WebGL2RenderingContext;
}

/**
 * Loses the context, as a driver does that starts anew.
 * @param restoreAfter ms until the browser gives it back; null for never
 */
export function loseContext(restoreAfter: number | null): void {
  const extension = context().getExtension('WEBGL_lose_context');
  if (extension === null) throw new Error('this browser cannot lose a context on purpose');
  extension.loseContext();
  if (restoreAfter !== null) setTimeout(() => extension.restoreContext(), restoreAfter);
}

type Method = 'drawArrays' | 'drawElements' | 'createTexture';

/**
 * Calls `before` ahead of each call of some methods of the context in use; what it returns, if
 * anything, is returned instead. Gives what takes that back.
 */
function intercept(methods: readonly Method[], before: () => unknown): () => void {
  const gl = context() as unknown as Record<string, unknown>;
  for (const name of methods) {
    const usual = gl[name] as (...args: unknown[]) => unknown;
    gl[name] = (...args: unknown[]) => {
      const instead = before();
      return instead === undefined ? usual.apply(gl, args) : instead;
    };
  }
  return () => {
    for (const name of methods) delete gl[name];
  };
}

/** Calls `then` ahead of the k-th draw, counted from 1. Gives what ends that, and counts them. */
export function atDraw(k: number, then: () => void): { end(): number } {
  let draws = 0;
  const restore = intercept(['drawArrays', 'drawElements'], () => {
    draws++;
    if (draws === k) then();
  });
  return {
    end() {
      restore();
      return draws;
    },
  };
}

/** Refuses textures, as a device without memory does, but for the first `k`. Gives what ends it. */
export function refuseTextures(k: number, count: number): { end(): number } {
  let asked = 0;
  let refused = 0;
  const restore = intercept(['createTexture'], () => {
    asked++;
    if (asked <= k || refused === count) return undefined;
    refused++;
    return null;
  });
  return {
    end() {
      restore();
      return refused;
    },
  };
}

/** Lets the engine keep so many bytes on the GPU; -1 for no limit. */
export const limitMemory = (bytes: number): void => env().set(LIMIT, bytes);
