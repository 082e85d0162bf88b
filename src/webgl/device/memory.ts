/** Errors that a device reports, above all when it has no more memory. */

/** Lack of memory for a texture, even after all free textures were deleted. */
export class OutOfMemory extends Error {
  override name = 'OutOfMemory';
}

/** Maximum number of errors that are taken at once: more than there are kinds of errors. */
const MOST_ERRORS = 8;

/** Errors that errorsOf() has set aside for takeErrors(), by context. */
const setAside = new WeakMap<WebGL2RenderingContext, string[]>();

/** Takes the pending errors of a context and returns their names; waits for the device. */
export function takeErrors(gl: WebGL2RenderingContext): string[] {
  const errors = [...(setAside.get(gl) ?? []), ...pendingErrors(gl)];
  setAside.delete(gl);
  return errors;
}

/** Makes a call and returns its errors; errors of earlier calls stay for takeErrors(). */
export function errorsOf(gl: WebGL2RenderingContext, call: () => void): string[] {
  setAside.set(gl, takeErrors(gl));
  call();
  return pendingErrors(gl);
}

function pendingErrors(gl: WebGL2RenderingContext): string[] {
  const errors: string[] = [];
  for (let i = 0; i < MOST_ERRORS; i++) {
    const error = gl.getError();
    if (error === gl.NO_ERROR) break;
    errors.push(errorName(gl, error));
  }
  return errors;
}

function errorName(gl: WebGL2RenderingContext, error: GLenum): string {
  const names = [
    'INVALID_ENUM',
    'INVALID_VALUE',
    'INVALID_OPERATION',
    'INVALID_FRAMEBUFFER_OPERATION',
    'OUT_OF_MEMORY',
    'CONTEXT_LOST_WEBGL',
  ] as const;
  return names.find((name) => gl[name] === error) ?? `0x${error.toString(16)}`;
}

/** Formats bytes as in `12.3 MB`. */
export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
