/**
 * Entry of the CPU engine alone. Importing it registers the backend `tiled-cpu`, and stock cpu, which
 * it extends. It brings nothing of WebGL.
 */
import { cpuEngine } from './cpuEngine.js';
import { registerEngines } from './register.js';

export * from './calls.js';
export { TiledCPUBackend } from './cpu/TiledCPUBackend.js';

/**
 * Registers `tiled-cpu` again, if tf.removeBackend() has removed it.
 *
 * ```js
 * tf.removeBackend('tiled-cpu'); // frees its heap, and ends its threads
 * registerTiledCPU();
 * await tf.setBackend('tiled-cpu');
 * ```
 */
export function registerTiledCPU(): void {
  registerEngines(cpuEngine);
}

registerTiledCPU();
