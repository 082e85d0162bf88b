/** explain(): pending results and fused kernels as a text for people. */
import { engineOf } from './runningEngine.js';
import type { PendingResult } from './webgl/fusion/pending.js';

/**
 * Returns a text of several lines: the results that a backend has not drawn yet, and the kernels that
 * it has drawn in one program, with how often. Draws nothing. For a log or a bug report;
 * `tiledInfo()` has the rest, as plain data.
 *
 * ```js
 * const y = tf.relu(tf.conv2d(x, filter, 1, 'same'));
 * console.log(explain());
 * // tiled-webgl: 2 results are pending
 * //   [1,56,56,64] = Conv2D (direct-4x2x1), fused with a later one
 * //   [1,56,56,64] = Conv2D (direct-4x2x1) + Relu
 * // kernels drawn in one program
 * //   36 x FusedConv2D + Add
 * ```
 *
 * @param backendName a running tiled backend; else the active one if it is tiled, else `tiled`
 * @throws Error where that backend is not ours or is not running
 */
export function explain(backendName?: string): string {
  const { name, backend, elsewhere } = engineOf<typeof explain>('explain', backendName);
  if (elsewhere) return elsewhere(name);
  if (backend.engine === 'cpu') {
    return `${name}: every kernel is computed when it is called; nothing is pending or fused`;
  }
  const pending = backend.pending();
  const fused = Object.entries(backend.log.fused());
  return [
    `${name}: ${pending.length === 1 ? '1 result is' : `${pending.length} results are`} pending`,
    ...pending.map((result) => `  ${pendingLine(result)}`),
    fused.length > 0 ? 'kernels drawn in one program' : 'no kernels were drawn in one program',
    ...fused.sort((a, b) => b[1] - a[1]).map(([kernels, count]) => `  ${count} x ${kernels}`),
  ].join('\n');
}

function pendingLine({ shape, kernels, variant, isFused }: PendingResult): string {
  const [first, ...rest] = kernels;
  const program = variant === null ? kernels : [`${first} (${variant})`, ...rest];
  return `[${shape}] = ${program.join(' + ')}${isFused ? ', fused with a later one' : ''}`;
}
