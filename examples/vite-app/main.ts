/** Classifies the pictures that the user chooses. Programs are compiled before the first one. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { tiledInfo, warmUp } from 'tfjs-backend-tiled';

const url = 'https://storage.googleapis.com/tfjs-models/savedmodel/mobilenet_v2_1.0_224/model.json';

const input = document.querySelector('input')!;
const context = document.querySelector('canvas')!.getContext('2d', { willReadFrequently: true })!;
const stage = document.querySelector('#stage')!;
const list = document.querySelector('ol')!;

await tf.setBackend('tiled');
const model = await loadGraphModel(url);
const blank = tf.zeros([1, 224, 224, 3]);
await warmUp(model, blank, {
  onProgress: ({ stage: name, compiled, total }) => {
    stage.textContent = `${name}: ${compiled} of ${total} programs`;
  },
});
blank.dispose();
stage.textContent = `ready on the ${tiledInfo().engine} engine`;
input.disabled = false;

/** Returns the scores of all classes for the picture on the canvas. */
async function classify(): Promise<Float32Array> {
  const scores = tf.tidy(() => {
    const picture = tf.browser.fromPixels(context.canvas);
    return model.predict(tf.expandDims(tf.div(picture, 255))) as tf.Tensor;
  });
  try {
    return (await scores.data()) as Float32Array;
  } finally {
    scores.dispose();
  }
}

input.addEventListener('change', async () => {
  const file = input.files?.[0];
  if (file === undefined) return;
  const picture = await createImageBitmap(file);
  context.drawImage(picture, 0, 0, 224, 224);
  picture.close();
  const best = [...(await classify()).entries()].sort(([, a], [, b]) => b - a).slice(0, 3);
  list.replaceChildren(
    ...best.map(([index, score]) => {
      const item = document.createElement('li');
      item.textContent = `class ${index}: ${score.toFixed(3)}`;
      return item;
    }),
  );
});
