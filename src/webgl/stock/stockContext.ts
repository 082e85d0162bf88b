/** A stock GPGPUContext on the engine's WebGL2 context. */
import { GPGPUContext, MathBackendWebGL, setWebGLContext } from '@tensorflow/tfjs-backend-webgl';
import { env } from '@tensorflow/tfjs-core';
import { createContext, releaseContext } from '../device/context.js';
import type { StockContextParts, StockInternals } from './stockInternals.js';

/**
 * Creates the context. The context that the stock backend shares among its instances stays the
 * same: GPGPUContext's constructor replaces it, so it is put back.
 * @throws Error if WebGL2 is missing or refuses float textures
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
    // null makes stock create its context on next use.
    setWebGLContext(2, cached as WebGLRenderingContext);
  }
}

/** Removes from a stock backend everything that its lost context held. */
export function dropStockParts(backend: MathBackendWebGL): void {
  backend.getTextureManager().dispose();
  const parts: Partial<StockContextParts> = { numBytesInGPU: 0, dataRefCount: new WeakMap() };
  Object.assign(backend, parts);
}

/**
 * Puts a new context into a stock backend.
 * @throws Error if no context can be made now; the backend is unchanged then
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
 * Returns the context of stock 'webgl', read through a temporary context object; null if there is
 * none and none can be made, as after a loss.
 */
function cachedStockContext(): WebGLRenderingContext | null {
  let probe: GPGPUContext;
  try {
    probe = new GPGPUContext();
  } catch {
    return null;
  }
  // dispose() unbinds the index buffer, which would remove it from the bound vertex array.
  probe.bindVertexArray(null);
  probe.dispose();
  return probe.gl;
}

/**
 * Allows software renderers. Stock refuses them, and its flags then say that there is no WebGL at
 * all. A page that requests tiled-webgl by name accepts whatever renderer there is.
 */
function allowSoftwareWebGL(): void {
  env().set('SOFTWARE_WEBGL_ENABLED', true);
  env().set('WEBGL_VERSION', 2);
  env().set('HAS_WEBGL', true);
}
