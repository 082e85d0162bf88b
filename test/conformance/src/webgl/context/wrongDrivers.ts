/** Drivers that compute something other than requested, each behind its own backend. */
import { replaceCall } from '../../../../../scripts/webgl/contexts.js';
import { onOwnBackend } from '../../../../support/ownBackend.js';

export const name = 'tiled-self-test';

/** Runs `body` on a backend whose context is changed by `change` before its first call. */
export const withDriver = (change: (gl: WebGL2RenderingContext) => void, body: () => void) =>
  onOwnBackend(name, change, body);

/** Changes our programs so that results are twice what they should be. */
export const ours = (source: string) =>
  source.replace(/^( *target\d+ = )(.*);$/gm, '$1 2.0 * ($2);');

/** Changes stock's convolution programs so that results are twice what they should be. */
export const stock = (source: string) =>
  source.replace(/(outputColor = )(vec4\(val, 0, 0, 0\)|val);/g, '$1 2.0 * $2;');

/** Makes a driver that compiles the changed program in place of the given one. */
export const rewriting = (change: (source: string) => string) => (gl: WebGL2RenderingContext) =>
  replaceCall(gl, 'shaderSource', (real, [shader, source]) =>
    real(shader, change(source as string)),
  );
