/** A stock GPGPUContext on a WebGL2 context of our own. */
import { GPGPUContext, setWebGLContext } from '@tensorflow/tfjs-backend-webgl';
import { env } from '@tensorflow/tfjs-core';
import { createContext } from '../device/context.js';

/**
 * Throws where WebGL2 is missing or refuses float textures. The context that the
 * stock backend shares among its instances stays what it was: GPGPUContext's
 * constructor replaces it, so it is put back.
 */
export function createStockContext(): GPGPUContext {
  const gl = createContext();
  if (gl === null) throw new Error('tiled-webgl: this device or browser gives no WebGL2 context');
  const cached = env().getNumber('WEBGL_VERSION') === 2 ? cachedStockContext() : null;
  if (cached === null) allowSoftwareWebGL();
  try {
    return new GPGPUContext(gl);
  } finally {
    // null makes stock create its own on next use.
    setWebGLContext(2, cached as WebGLRenderingContext);
  }
}

/**
 * The context of stock 'webgl', read through a context object that is thrown away; null where there
 * is none and none can be made, as after a loss.
 */
function cachedStockContext(): WebGLRenderingContext | null {
  let probe: GPGPUContext;
  try {
    probe = new GPGPUContext();
  } catch {
    return null;
  }
  // dispose() unbinds the index buffer, which would take it out of the vertex array in use.
  probe.bindVertexArray(null);
  probe.dispose();
  return probe.gl;
}

/**
 * Stock refuses software renderers, and its flags then say that there is no
 * WebGL at all. Asking for tiled-webgl by name is asking for what there is.
 */
function allowSoftwareWebGL(): void {
  env().set('SOFTWARE_WEBGL_ENABLED', true);
  env().set('WEBGL_VERSION', 2);
  env().set('HAS_WEBGL', true);
}
