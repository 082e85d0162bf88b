/** The engine's WebGL2 context, separate from the context of stock 'webgl' on the same page. */

import { skipRepeats } from './skipRepeats.js';

const ATTRIBUTES: WebGLContextAttributes = {
  alpha: false,
  antialias: false,
  premultipliedAlpha: false,
  preserveDrawingBuffer: false,
  depth: false,
  stencil: false,
  // Software renderers are allowed, because the choice of an engine is made elsewhere.
  failIfMajorPerformanceCaveat: false,
};

/** Creates a context in the state that stock's programs expect; null if there is no WebGL2. */
export function createContext(): WebGL2RenderingContext | null {
  const gl = createCanvas()?.getContext('webgl2', ATTRIBUTES) as WebGL2RenderingContext | null;
  if (gl == null) return null;
  for (const state of [
    gl.DEPTH_TEST,
    gl.STENCIL_TEST,
    gl.BLEND,
    gl.DITHER,
    gl.POLYGON_OFFSET_FILL,
    gl.SAMPLE_COVERAGE,
    gl.SCISSOR_TEST,
  ]) {
    gl.disable(state);
  }
  gl.enable(gl.CULL_FACE);
  gl.cullFace(gl.BACK);
  skipRepeats(gl);
  return gl;
}

/** Frees a context's memory now instead of when the garbage collector finds the context. */
export function releaseContext(gl: WebGL2RenderingContext): void {
  gl.getExtension('WEBGL_lose_context')?.loseContext();
}

function createCanvas(): OffscreenCanvas | HTMLCanvasElement | null {
  // Safari's OffscreenCanvas has no fences, so a page in Safari uses a canvas element.
  const safari =
    typeof navigator !== 'undefined' && /^((?!chrome|android).)*safari/i.test(navigator.userAgent);
  if (typeof OffscreenCanvas !== 'undefined' && !safari) return new OffscreenCanvas(1, 1);
  if (typeof document !== 'undefined') return document.createElement('canvas');
  return null;
}
