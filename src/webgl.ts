/**
 * Entry of the WebGL engine alone. Importing it registers the backend `tiled-webgl`, and stock webgl,
 * which it extends. The CPU kernels to which it falls back at last are those of
 * '@tensorflow/tfjs-backend-cpu', if the app imports that.
 */
import { registerEngines } from './register.js';
import { webglEngine } from './webglEngine.js';

export * from './calls.js';
export { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

/**
 * Registers `tiled-webgl` again, if tf.removeBackend() has removed it.
 *
 * ```js
 * tf.removeBackend('tiled-webgl'); // frees its context
 * registerTiledWebGL();
 * await tf.setBackend('tiled-webgl');
 * ```
 */
export function registerTiledWebGL(): void {
  registerEngines(webglEngine);
}

registerTiledWebGL();
