/** Backend that belongs to one test, in contexts that the test has changed. */
import { onNewContext } from '../../scripts/webgl/contexts.js';
import { usualKeeping } from '../../src/engine/memoryBound.js';
import { TiledWebGLBackend } from '../../src/index.js';
import { tf } from './setup.js';

/**
 * Runs `body` on a new tiled-webgl under this name, silent on the console. Each of its contexts has
 * been through `change` first. The backend is removed afterwards.
 */
export async function onOwnBackend<T>(
  name: string,
  change: (gl: WebGL2RenderingContext) => void,
  body: (backend: TiledWebGLBackend) => T | Promise<T>,
  keeping = usualKeeping,
): Promise<T> {
  const forget = onNewContext(change);
  const { warn } = console;
  console.warn = () => {};
  tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, () => new TiledWebGLBackend('of a test', keeping), 0);
  try {
    await tf.setBackend(name);
    return await body(tf.backend() as unknown as TiledWebGLBackend);
  } finally {
    console.warn = warn;
    forget();
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}
