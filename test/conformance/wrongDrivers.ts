/** Drivers that compute what they were not asked for, each behind a backend of its own. */
import { replaceCall } from '../../scripts/webgl/contexts.js';
import { onOwnBackend } from './ownBackend.js';

export const name = 'tiled-self-test';

/** Runs `body` on a backend whose context is changed so before its first call. */
export const withDriver = (change: (gl: WebGL2RenderingContext) => void, body: () => void) =>
  onOwnBackend(name, change, body);

/** Our programs, with results twice what they should be. */
export const ours = (source: string) =>
  source.replace(/^( *target\d+ = )(.*);$/gm, '$1 2.0 * ($2);');

/** Stock's programs of convolutions, with results twice what they should be. */
export const stock = (source: string) =>
  source.replace(/(outputColor = )(vec4\(val, 0, 0, 0\)|val);/g, '$1 2.0 * $2;');

/** A driver that compiles these programs in place of what it is given. */
export const rewriting = (change: (source: string) => string) => (gl: WebGL2RenderingContext) =>
  replaceCall(gl, 'shaderSource', (real, [shader, source]) =>
    real(shader, change(source as string)),
  );
