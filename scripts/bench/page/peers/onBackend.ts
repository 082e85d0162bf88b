/** A net on a tfjs backend, through tfjs ops. */
import { dispose, env, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { capture } from '../../../../src/index.js';
import { useBackend } from '../../../lib/inPage/backends.js';
import { readTflite } from '../../tflite/tflite.js';
import { bytesAt, type Contestant, type PeerNet } from './contestant.js';
import { loadTflite } from './runTflite.js';

/** @param isCaptured true to predict from a recording */
export async function loadOnBackend(
  { tflite, shape: given, threads }: PeerNet,
  name: string,
  isCaptured: boolean,
): Promise<Contestant> {
  env().set('TILED_CPU_THREADS', threads);
  await useBackend(name);
  const net = loadTflite(readTflite(await bytesAt(tflite)));
  const shape = [...given];
  const run = (x: Tensor) => net.predict(x);
  const example = tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const fast = isCaptured ? await capture<Tensor, Tensor[]>(run, example) : null;
  if (fast !== null && !fast.info.captured) throw new Error(`${name}: ${fast.info.reason}`);
  example.dispose();
  return {
    async predict(input) {
      await useBackend(name);
      const x = tensor(input, shape);
      const outputs = fast === null ? run(x) : fast.predict(x);
      const values = outputs.map((output) => output.dataSync() as Float32Array);
      dispose([x, ...outputs]);
      return values;
    },
  };
}
