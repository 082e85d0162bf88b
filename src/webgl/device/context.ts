/** The WebGL2 context of the engine: its own, so that stock 'webgl' in the same page keeps its own. */

const ATTRIBUTES: WebGLContextAttributes = {
  alpha: false,
  antialias: false,
  premultipliedAlpha: false,
  preserveDrawingBuffer: false,
  depth: false,
  stencil: false,
  // Software renderers are allowed: choosing among engines is not the context's business.
  failIfMajorPerformanceCaveat: false,
};

/** A context in the state that the stock backend's programs expect; null where there is no WebGL2. */
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
  ]) {
    gl.disable(state);
  }
  gl.enable(gl.SCISSOR_TEST);
  gl.enable(gl.CULL_FACE);
  gl.cullFace(gl.BACK);
  return gl;
}

/** Gives a context's memory back now, instead of when the garbage collector finds it. */
export function releaseContext(gl: WebGL2RenderingContext): void {
  gl.getExtension('WEBGL_lose_context')?.loseContext();
}

function createCanvas(): OffscreenCanvas | HTMLCanvasElement | null {
  // Safari's OffscreenCanvas has no fences, so a page prefers an element there.
  const safari =
    typeof navigator !== 'undefined' && /^((?!chrome|android).)*safari/i.test(navigator.userAgent);
  if (typeof OffscreenCanvas !== 'undefined' && !safari) return new OffscreenCanvas(1, 1);
  if (typeof document !== 'undefined') return document.createElement('canvas');
  return null;
}
