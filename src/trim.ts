/** trim(): memory back now, instead of when an engine has been idle. */
import { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';
import { engineOf } from './runningEngine.js';

/** Plain data. */
export interface TrimReport {
  readonly backend: string;
  /** Bytes of textures that were given back; 0 on the CPU. */
  readonly gpuBytes: number;
  /** Bytes of the CPU engine's heap that were given back; 0 for WebGL. */
  readonly heapBytes: number;
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
 * @throws Error where that backend is not ours or was never used
 */
export function trim(backendName?: string): TrimReport {
  const { name, backend } = engineOf('trim', backendName);
  const bytes = backend.trim();
  const isGpu = backend instanceof TiledWebGLBackend;
  return { backend: name, gpuBytes: isGpu ? bytes : 0, heapBytes: isGpu ? 0 : bytes };
}
