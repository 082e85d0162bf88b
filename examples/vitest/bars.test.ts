/** Tests of a net by Vitest: `npx vitest run --root vitest`. */
import * as tf from '@tensorflow/tfjs';
import { tiledInfo } from 'tfjs-backend-tiled';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeBars, makeNet } from './bars.js';

let net: tf.Sequential;
let x: tf.Tensor4D;
let kinds: tf.Tensor2D;
let tensorsBefore: number;

beforeEach(async () => {
  await tf.setBackend('tiled-cpu');
  tensorsBefore = tf.memory().numTensors;
  net = makeNet();
  [x, kinds] = makeBars();
});

afterEach(() => {
  tf.dispose([x, kinds]);
  // The net was given its optimizer, and does not dispose it.
  net.optimizer.dispose();
  net.dispose();
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

test('the net agrees with stock cpu', async () => {
  const predict = () => tf.tidy(() => (net.predict(x) as tf.Tensor).dataSync());
  const ours = predict();
  await tf.setBackend('cpu');
  const stock = predict();
  await tf.setBackend('tiled-cpu');
  for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(stock[i], 6);
});

test('the net learns to tell bars apart', async () => {
  await net.fit(x, kinds, { epochs: 60, batchSize: 16, shuffle: false, verbose: 0 });
  const right = tf.tidy(() => {
    const found = tf.argMax(net.predict(x) as tf.Tensor, 1);
    return tf.equal(found, tf.argMax(kinds, 1)).dataSync();
  });
  expect([...right]).toEqual(Array(16).fill(1));
  expect(tiledInfo().variants).toHaveProperty('Conv2DBackpropFilter');
});
