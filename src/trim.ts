/** trim(): memory back now, instead of when an engine has been idle. */
import type { Trimmed } from './engine/memoryBound.js';
import { engineOf } from './runningEngine.js';

/** Plain data. */
export interface TrimReport extends Trimmed {
  readonly backend: string;
}

/**
 * Gives back all memory of a backend that holds nothing but what can be made again: what is kept for
 * reuse, and weights as they were packed for the kernels. Tensors stay what they are, and the next
 * prediction takes a little longer. Engines do without what is kept for reuse by themselves when they
 * have been idle for some seconds; this is for a page that needs the memory now.
 *
 * ```js
 * model.dispose();
 * console.log(trim()); // { backend: 'tiled', gpuBytes: 41943040, heapBytes: 0 }
 * ```
 *
 * @param backendName one of our running backends; else the active one if it is ours, else `tiled`
 * @throws Error where that backend is not ours or is not running
 */
export function trim(backendName?: string): TrimReport {
  const { name, backend, elsewhere } = engineOf<typeof trim>('trim', backendName);
  if (elsewhere) return elsewhere(name);
  return { backend: name, ...backend.trim() };
}
