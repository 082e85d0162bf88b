/** A stock GPGPUContext on a WebGL2 context of our own. */
import { GPGPUContext, MathBackendWebGL, setWebGLContext } from '@tensorflow/tfjs-backend-webgl';
import { env } from '@tensorflow/tfjs-core';
import { createContext, releaseContext } from '../device/context.js';
import type { StockContextParts, StockInternals } from './stockInternals.js';

/**
 * Throws where WebGL2 is missing or refuses float textures. The context that the
 * stock backend shares among its instances stays what it was: GPGPUContext's
 * constructor replaces it, so it is put back.
 */
export function createStockContext(): GPGPUContext {
  const gl = createContext();
  if (gl === null) throw new Error('tiled-webgl: this device or browser gives no WebGL2 context');
  try {
    return contextOf(gl);
  } catch (error) {
    releaseContext(gl);
    throw error;
  }
}

function contextOf(gl: WebGL2RenderingContext): GPGPUContext {
  const cached = env().getNumber('WEBGL_VERSION') === 2 ? cachedStockContext() : null;
  if (cached === null) allowSoftwareWebGL();
  try {
    return new GPGPUContext(gl);
  } finally {
    // null makes stock create its own on next use.
    setWebGLContext(2, cached as WebGLRenderingContext);
  }
}

/** Takes from a stock backend what its lost context held. */
export function dropStockParts(backend: MathBackendWebGL): void {
  backend.getTextureManager().dispose();
  const parts: Partial<StockContextParts> = { numBytesInGPU: 0, dataRefCount: new WeakMap() };
  Object.assign(backend, parts);
}

/**
 * Gives a stock backend a new context.
 * @throws Error where there is none now; nothing has changed then
 */
export function renewStockParts(backend: MathBackendWebGL): void {
  if ((backend as unknown as StockInternals).disposed) throw new Error('the backend was removed');
  const fresh = new MathBackendWebGL(createStockContext());
  if (fresh.gpgpu.gl.isContextLost()) throw new Error('it is lost as soon as it is made');
  const { gpgpu, textureManager, canvas } = fresh as unknown as StockContextParts;
  const parts: Partial<StockContextParts> = { gpgpu, textureManager, canvas, binaryCache: {} };
  Object.assign(backend, parts);
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
