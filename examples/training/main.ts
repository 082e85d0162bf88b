/** Trains a small convolutional net on drawn digits, then reads the digit that the user draws. */
import * as tf from '@tensorflow/tfjs-core';
// Gradients, which the package @tensorflow/tfjs would have brought.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { tiledInfo } from 'tfjs-backend-tiled';
import { type Curve, plot } from './curves.js';
import { type Digits, drawDigits, pixelsOf, side } from './digits.js';

const contextOf = (id: string) =>
  document.querySelector<HTMLCanvasElement>(id)!.getContext('2d', { willReadFrequently: true })!;
const curves = contextOf('#curves');
const pad = contextOf('#pad');
const state = document.querySelector('#state')!;
const answer = document.querySelector('#answer')!;

const batchSize = 50;
const epochs = 4;
const trained = 1500;
const tested = 200;

// The optimizer takes its epsilon from the backend, so the backend comes first.
await tf.setBackend('tiled');

const model = sequential({
  layers: [
    layers.conv2d({ inputShape: [side, side, 1], filters: 8, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({
  optimizer: tf.train.adam(0.005),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});

function tensorsOf({ pixels, labels }: Digits) {
  return { x: tf.tensor4d(pixels, [labels.length, side, side, 1]), y: tf.tensor1d(labels) };
}

async function train(): Promise<void> {
  const loss: number[] = [];
  const accuracy: number[] = [];
  const shown: Curve[] = [
    { name: 'loss', colour: 'firebrick', top: 2.5, values: loss },
    { name: 'accuracy', colour: 'seagreen', top: 1, values: accuracy },
  ];
  const { x, y } = tensorsOf(drawDigits(trained));
  await model.fit(x, y, {
    batchSize,
    epochs,
    callbacks: {
      onBatchEnd: async (_, logs) => {
        loss.push(logs!.loss);
        accuracy.push(logs!.acc);
        plot(curves, shown, (epochs * trained) / batchSize);
        state.textContent = `step ${loss.length}`;
        await new Promise(requestAnimationFrame);
      },
    },
  });
  tf.dispose([x, y]);
}

/** Returns the accuracy on digits that were not in the training. */
async function test(): Promise<number> {
  const { x, y } = tensorsOf(drawDigits(tested));
  const [loss, accuracy] = model.evaluate(x, y) as tf.Scalar[];
  const [value] = await accuracy.data();
  tf.dispose([x, y, loss, accuracy]);
  return value;
}

/** Names the digit on the pad. */
async function read(): Promise<void> {
  const y = tf.tidy(() => {
    const x = tf.tensor4d(pixelsOf(pad), [1, side, side, 1]);
    return model.predict(x) as tf.Tensor;
  });
  const scores = await y.data();
  y.dispose();
  const best = Math.max(...scores);
  answer.textContent = `a ${scores.indexOf(best)}, ${(100 * best).toFixed(0)} percent sure`;
}

/** Lets the user draw; each new stroke after a reading begins a new digit. */
function listen(): void {
  const clear = () => pad.fillRect(0, 0, side, side);
  const scale = side / pad.canvas.clientWidth;
  let timer = 0;
  let isRead = false;
  clear();
  pad.strokeStyle = 'white';
  pad.lineWidth = 2.5;
  pad.lineCap = pad.lineJoin = 'round';
  pad.canvas.addEventListener('pointerdown', ({ offsetX, offsetY }) => {
    clearTimeout(timer);
    if (isRead) clear();
    isRead = false;
    pad.beginPath();
    pad.moveTo(offsetX * scale, offsetY * scale);
  });
  pad.canvas.addEventListener('pointermove', ({ offsetX, offsetY, buttons }) => {
    if (buttons === 0) return;
    pad.lineTo(offsetX * scale, offsetY * scale);
    pad.stroke();
  });
  pad.canvas.addEventListener('pointerup', () => {
    timer = setTimeout(() => {
      isRead = true;
      read();
    }, 600);
  });
}

await train();
const accuracy = await test();
state.textContent = `accuracy on ${tested} other digits: ${accuracy.toFixed(3)}, trained by the ${
  tiledInfo().engine
} engine. Draw a digit in the small square.`;
listen();
