/**
 * Page that times a .tflite net in LiteRT.js and on a tfjs backend, for `npm run bench -- --suite peers`.
 * Options: `net`, the URL of the file; `litert`, the folder of LiteRT's WebAssembly; `backend`; `threads`;
 * `rounds`.
 */
import { env } from '@tensorflow/tfjs-core';
import { integers, stream } from '../../../src/validator/index.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import type { PeerPageResult } from '../report/peers.js';
import { readTflite } from '../tflite/tflite.js';
import { type Contestant, liteRt, onBackend } from './peers/contestants.js';

const options = new URLSearchParams(location.search);
const net = options.get('net') as string;
const backend = options.get('backend') ?? 'tiled-cpu';
const threads = Number(options.get('threads') ?? 1);
const rounds = Number(options.get('rounds') ?? 15);

const WARM_UPS = 3;

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

async function measure(): Promise<PeerPageResult> {
  env().set('TILED_CPU_THREADS', threads);
  const model = new Uint8Array(await (await fetch(net)).arrayBuffer());
  const { tensors, inputs } = readTflite(model);
  const { shape } = tensors[inputs[0]];
  const size = shape.reduce((a, b) => a * b);
  const contestants: Contestant[] = [
    await liteRt(model, shape, threads, options.get('litert') as string),
    await onBackend(backend, model, false),
    await onBackend(backend, model, true),
  ];
  const times = contestants.map((): number[] => []);
  let difference = 0;
  for (let round = 0; round < WARM_UPS + rounds; round++) {
    if (round % 5 === 0) await say(`${net}: round ${round} of ${WARM_UPS + rounds}`);
    // Pictures of whole numbers from 0 to 255, scaled to [0, 1].
    const next = stream(size, `round ${round}`);
    const input = Float32Array.from(integers(next, size, 127), (value) => (value + 127) / 254);
    const outputs: Float32Array[][] = [];
    for (const [i, contestant] of contestants.entries()) {
      const start = performance.now();
      outputs.push(await contestant.predict(input));
      const ms = performance.now() - start;
      if (round >= WARM_UPS) times[i].push(ms);
    }
    const [reference, ...others] = outputs;
    for (const other of others) difference = Math.max(difference, differenceOf(reference, other));
  }
  return {
    device: describeDevice(),
    difference,
    sides: contestants.map(({ name }, i) => ({ name, times: times[i] })),
  };
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

showResult(measure);
