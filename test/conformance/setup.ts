/** What every conformance test stands on: tfjs with the stock backends and ours, on any rasteriser. */
import * as tf from '@tensorflow/tfjs-core';
import '../../src/index.js';

// Stock 'webgl' refuses to start on a software rasteriser otherwise.
tf.env().set('SOFTWARE_WEBGL_ENABLED', true);

/** The backends under test. */
export const ours = ['tiled-webgl', 'tiled-cpu'] as const;

export { tf };
