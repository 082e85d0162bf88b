/** Setup of every conformance test: tfjs, stock backends and our backends, on any rasteriser. */
import * as tf from '@tensorflow/tfjs-core';
import '../../src/index.js';

// Without this flag stock 'webgl' refuses to start on a software rasteriser.
tf.env().set('SOFTWARE_WEBGL_ENABLED', true);

// Tests count what is drawn, and some have a mask that looks like hardware.
tf.env().set('TILED_CALIBRATE', false);

/** Names of the backends under test. */
export const ours = ['tiled-webgl', 'tiled-cpu'] as const;

export { tf };
