/** Registration of both engines, and of `tiled`, which chooses between them. */
import { chooseEngine } from './chooseEngine.js';
import { cpuEngine } from './cpuEngine.js';
import { giveKernels, registerEngines, registerIfMissing } from './register.js';
import { webglEngine } from './webglEngine.js';

/**
 * Registers `tiled-webgl`, `tiled-cpu` and `tiled`, which chooses between the other two when it is
 * first used. Backends that are already registered keep their kernels and stay as they are, even if
 * another copy of this package registered them. A second call therefore only restores backends that
 * tf.removeBackend() has removed.
 *
 * ```js
 * import { registerTiled } from 'tfjs-backend-tiled/base';
 *
 * registerTiled();
 * await tf.setBackend('tiled');
 * ```
 */
export function registerTiled(): void {
  registerEngines(webglEngine, cpuEngine);
  registerIfMissing('tiled', () => {
    const backend = chooseEngine();
    giveKernels('tiled', backend.engine === 'webgl' ? webglEngine : cpuEngine);
    return backend;
  });
}
