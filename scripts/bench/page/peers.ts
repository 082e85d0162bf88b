/**
 * Page that times a net in LiteRT.js, in ONNX Runtime Web and on a tfjs backend, for
 * `npm run bench -- --suite peers`. Each contestant has a script of its own, which the page loads when it is named.
 * Options: `names` of the contestants, comma between; `tflite` and `onnx`, the URLs of the net; `shape` of its input;
 * `litert` and `onnxruntime`, the folders of their WebAssembly; `threads`; `rounds`, 0 for a first prediction only.
 */
import { integers, stream } from '../../../src/validator/random.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import type { PeerPageResult } from '../report/peers.js';
import { capturedBackend, LITERT, ONNX_RUNTIME } from '../sides.js';
import type { Contestant, PeerNet } from './peers/contestant.js';
import { unsharedWasmBytes, watchWasmMemory } from './peers/wasmMemory.js';

const options = new URLSearchParams(location.search);
const option = (name: string) => options.get(name) ?? '';
const names = option('names').split(',');
const rounds = Number(option('rounds'));
const net: PeerNet = {
  tflite: option('tflite'),
  onnx: option('onnx'),
  shape: option('shape').split(',').map(Number),
  threads: Number(option('threads')),
  litertFiles: option('litert'),
  onnxFiles: option('onnxruntime'),
};
const size = net.shape.reduce((a, b) => a * b);

/** Rounds that do not count: recordings on several threads try their ways of sharing meanwhile. */
const WARM_UPS = 15;

/** Milliseconds before a contestant's turn, in which idle threads of the one before stop to look for work. */
const REST_MS = 20;
/** Predictions of a turn, of which the last counts: threads are awake then, as in a stream of pictures. */
const IN_A_ROW = 3;

/** Largest noise in a picture whose channels are from 0 to 255. */
const NOISE = 16;

async function load(name: string): Promise<Contestant> {
  if (name === LITERT) return (await import('./peers/inLiteRt.js')).loadInLiteRt(net);
  if (name === ONNX_RUNTIME) {
    return (await import('./peers/inOnnxRuntime.js')).loadInOnnxRuntime(net);
  }
  const backend = capturedBackend(name);
  const { loadOnBackend } = await import('./peers/onBackend.js');
  return loadOnBackend(net, backend ?? name, backend !== null);
}

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

/** Returns the channels, from 0 to 255, of a picture of a face in the size of the input [1, height, width, 3]. */
async function face(): Promise<Uint8ClampedArray> {
  const [, height, width] = net.shape;
  const bitmap = await createImageBitmap(await (await fetch('/models/face.jpg')).blob());
  const canvas = new OffscreenCanvas(width, height).getContext('2d')!;
  canvas.drawImage(bitmap, 0, 0, width, height);
  const { data } = canvas.getImageData(0, 0, width, height);
  return data.filter((_, i) => i % 4 < 3);
}

/** Returns a picture with noise of its own, in [0, 1]. */
function noisy(picture: Uint8ClampedArray, name: string): Float32Array {
  const noise = integers(stream(1, name), size, NOISE);
  return Float32Array.from(picture, (value, i) => (value + noise[i] + NOISE) / (255 + 2 * NOISE));
}

async function measure(): Promise<PeerPageResult> {
  const contestants: Contestant[] = [];
  const firstMs: number[] = [];
  const picture = await face();
  for (const name of names) {
    await say(`${net.tflite}: first prediction of ${name}`);
    const input = noisy(picture, 'first');
    const start = performance.now();
    const contestant = await load(name);
    await contestant.predict(input);
    firstMs.push(performance.now() - start);
    contestants.push(contestant);
  }
  const memoryBytes = rounds === 0 ? await memoryOfPage() : null;
  const { times, differences } = await timed(contestants, picture);
  const sides = names.map((name, i) => ({
    ...{ name, firstMs: firstMs[i], times: times[i], difference: differences[i] },
  }));
  return { device: describeDevice(), sides, memoryBytes };
}

async function timed(contestants: readonly Contestant[], picture: Uint8ClampedArray) {
  const times = contestants.map((): number[] => []);
  const differences = contestants.map(() => 0);
  for (let round = 0; rounds > 0 && round < WARM_UPS + rounds; round++) {
    if (round % 5 === 0) await say(`${net.tflite}: round ${round} of ${WARM_UPS + rounds}`);
    const input = noisy(picture, `round ${round}`);
    const outputs: Float32Array[][] = [];
    for (const [i, contestant] of contestants.entries()) {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      for (let j = 1; j < IN_A_ROW; j++) await contestant.predict(input);
      const start = performance.now();
      outputs.push(await contestant.predict(input));
      const ms = performance.now() - start;
      if (round >= WARM_UPS) times[i].push(ms);
    }
    for (const [i, output] of outputs.entries()) {
      differences[i] = Math.max(differences[i], differenceOf(outputs[0], output));
    }
  }
  return { times, differences };
}

/** Returns the largest difference of two values, in parts of the largest value of that output. */
function differenceOf(expected: readonly Float32Array[], found: readonly Float32Array[]): number {
  let worst = 0;
  for (const [i, values] of expected.entries()) {
    const other = found.find(({ length }) => length === values.length) as Float32Array;
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let j = 0; j < values.length; j++) {
      worst = Math.max(worst, Math.abs(values[j] - other[j]) / scale);
    }
    if (found[i] === undefined) return Number.POSITIVE_INFINITY;
  }
  return worst;
}

/**
 * Returns the bytes of memory of the page and its workers; null if the browser does not tell, or not soon:
 * Chromium waits a minute for workers that sleep in Atomics.wait(), as threads of WebAssembly do.
 */
async function memoryOfPage(): Promise<number | null> {
  const { measureUserAgentSpecificMemory: measured } = performance as {
    measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }>;
  };
  if (measured === undefined) return null;
  const late = new Promise<null>((resolve) => setTimeout(resolve, memoryWaitMs, null));
  const memory = await Promise.race([measured.call(performance), late]);
  return memory && memory.bytes + unsharedWasmBytes();
}

/** Milliseconds in which Chromium tells the memory of a page whose workers all answer. */
const memoryWaitMs = 5000;

watchWasmMemory();
showResult(measure);
