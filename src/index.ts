/**
 * Public entry. Importing it registers the backends `tiled`, `tiled-webgl` and `tiled-cpu` with
 * tfjs-core at a priority below every stock backend, so that tfjs never chooses them by itself. A
 * page requests one: `tf.setBackend('tiled')`.
 */
import { registerTiled } from './base.js';

export * from './base.js';

registerTiled();
