/** Name of what a backend computes on, for reports. */
import { rendererName } from '../../lib/inPage/device.js';

const onCpu: readonly string[] = ['cpu', 'wasm', 'tiled-cpu'];

/**
 * Returns the renderer of the browser; for a backend that computes on the CPU, the CPU by its number of
 * cores, because a browser does not tell its model.
 */
export function computerOf(backend: string): string {
  if (!onCpu.includes(backend)) return rendererName() ?? 'no WebGL2';
  const { hardwareConcurrency: cores } = navigator;
  return `CPU with ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}
