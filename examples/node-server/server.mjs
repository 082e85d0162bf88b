/**
 * HTTP server that classifies pictures, any number of them at a time.
 *
 * `POST /` with 224 x 224 RGB bytes, row by row, answers `{ "class": 285, "score": 9.1 }`;
 * `GET /` tells the engine and how many tensors are alive.
 */
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { tiledInfo } from 'tfjs-backend-tiled';

const {
  MODEL_URL = 'https://storage.googleapis.com/tfjs-models/savedmodel/mobilenet_v2_1.0_224/model.json',
  PORT = '8080',
} = process.env;

/** Height, width and channels of a picture. */
const shape = [224, 224, 3];
const bytes = tf.util.sizeFromShape(shape);

tf.env().set('TILED_CPU_THREADS', availableParallelism());
await tf.setBackend('tiled');
const model = await loadGraphModel(MODEL_URL);

/** A request that cannot be answered. */
class BadRequest extends Error {}

async function receive(request) {
  const { 'content-length': length = 'missing' } = request.headers;
  if (Number(length) !== bytes) {
    throw new BadRequest(`content-length is ${length}; a picture has ${bytes} bytes`);
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function classify(pixels) {
  const scores = tf.tidy(() => {
    const picture = tf.tensor(Float32Array.from(pixels), [1, ...shape]);
    return model.predict(tf.div(picture, 255));
  });
  try {
    const values = await scores.data();
    const score = Math.max(...values);
    return { class: values.indexOf(score), score };
  } finally {
    scores.dispose();
  }
}

async function answer(request) {
  if (request.method === 'POST') return classify(await receive(request));
  return { engine: tiledInfo().engine, tensors: tf.memory().numTensors };
}

const server = createServer(async (request, response) => {
  const send = (status, value) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(value)}\n`);
  };
  try {
    send(200, await answer(request));
  } catch (error) {
    // A refused body is not received.
    response.setHeader('Connection', 'close');
    send(error instanceof BadRequest ? 400 : 500, { error: error.message });
  }
});

server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
