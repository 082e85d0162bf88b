/** Description of the device that the page runs on. */
import type { Device } from '../../report/page.js';

/** Returns the unmasked renderer string; null if the browser has no WebGL2. */
export function rendererName(): string | null {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return renderer;
}

/** Describes the device; throws if the browser has no WebGL2. */
export function describeDevice(): Device {
  const renderer = rendererName();
  if (renderer === null) throw new Error('this browser gives no WebGL2 context');
  return { renderer, userAgent: navigator.userAgent };
}
