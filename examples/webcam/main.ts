/** Edges of each picture of the camera, by a net that capture() has recorded once. */
import * as tf from '@tensorflow/tfjs-core';
import { capture, tiledInfo } from 'tfjs-backend-tiled';
import { openSource } from './sources.js';

const canvasOf = (id: string) => document.querySelector<HTMLCanvasElement>(id)!;
const frame = canvasOf('#frame').getContext('2d', { willReadFrequently: true })!;
const edges = canvasOf('#edges');
const state = document.querySelector('#state')!;

await tf.setBackend('tiled');

/** Mean of 3x3 pixels and of the three colours. */
const blur = tf.fill<tf.Rank.R4>([3, 3, 3, 1], 1 / 27);

/** Sobel's slopes, across and down. */
const slopes = tf.tensor4d(
  [-1, -1, 0, -2, 1, -1, -2, 0, 0, 0, 2, 0, -1, 1, 0, 2, 1, 1],
  [3, 3, 1, 2],
);

/**
 * Returns how steep each pixel is, from 0 to 1, [1, height, width, 1].
 * @param x colours from 0 to 255, [1, height, width, 3]
 */
function steepness(x: tf.Tensor4D): tf.Tensor4D {
  // Tidied, because a recording may keep nothing but what it returns.
  return tf.tidy(() => {
    const smooth = tf.conv2d(tf.div(x, 255) as tf.Tensor4D, blur, 1, 'valid');
    const both = tf.conv2d(smooth, slopes, 1, 'valid');
    return tf.clipByValue(tf.sum(tf.abs(both), 3, true), 0, 1) as tf.Tensor4D;
  });
}

function readFrame(): tf.Tensor4D {
  return tf.tidy(() => {
    const pixels = tf.browser.fromPixels(frame.canvas);
    return tf.expandDims(tf.cast(pixels, 'float32') as tf.Tensor3D) as tf.Tensor4D;
  });
}

const source = await openSource();
source.draw(frame);
const first = readFrame();
const fast = await capture(steepness, first);
first.dispose();

for (let count = 1; ; count++) {
  source.draw(frame);
  const start = performance.now();
  const x = readFrame();
  const y = fast.predict(x) as tf.Tensor4D;
  const picture = tf.squeeze<tf.Tensor2D>(y, [0, 3]);
  await tf.browser.toPixels(picture, edges);
  tf.dispose([x, y, picture]);
  const ms = (performance.now() - start).toFixed(1);
  const { captured, replays, reason } = fast.info;
  state.textContent = `${source.name}: picture ${count} in ${ms} ms on the ${tiledInfo().engine} engine, ${
    captured ? `${replays} from the recording` : `not recorded: ${reason}`
  }, ${tf.memory().numTensors} tensors`;
  await new Promise(requestAnimationFrame);
}
