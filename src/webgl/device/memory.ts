/** What a device says when it has no more memory. */

/** There is no room for a texture, not even after what nobody uses was deleted. */
export class OutOfMemory extends Error {
  override name = 'OutOfMemory';
}

/** More than there are kinds of errors. */
const MOST_ERRORS = 8;

/** The errors that wait in a context, by their names; it waits for the device. */
export function takeErrors(gl: WebGL2RenderingContext): string[] {
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

/** `12.3 MB` */
export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
