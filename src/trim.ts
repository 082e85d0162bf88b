/** trim(): freeing memory now, instead of when an engine has been idle. */
import type { Trimmed } from './engine/memoryBound.js';
import { engineOf } from './runningEngine.js';

/** Report of trim(), as plain data. */
export interface TrimReport extends Trimmed {
  readonly backend: string;
}

/**
 * Frees all of a backend's memory that holds only reproducible contents: memory kept for reuse, and
 * weights packed for the kernels. Tensors keep their values, and the next prediction takes a little
 * longer. An engine frees memory kept for reuse by itself after some idle seconds; trim() is for a
 * page that needs the memory now.
 *
 * ```js
 * model.dispose();
 * console.log(trim()); // { backend: 'tiled', gpuBytes: 41943040, heapBytes: 0 }
 * ```
 *
 * @param backendName name of a running tiled backend; by default the active backend if it is a
 *   tiled one, else `tiled`
 * @throws Error if that backend is not a tiled one or is not running
 */
export function trim(backendName?: string): TrimReport {
  const { name, backend, elsewhere } = engineOf<typeof trim>('trim', backendName);
  if (elsewhere) return elsewhere(name);
  return { backend: name, ...backend.trim() };
}
