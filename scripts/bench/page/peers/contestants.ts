/** Contestants of the suite of peers: LiteRT.js, and the same net through tfjs ops. */
import { dispose, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { capture } from '../../../../src/index.js';
import { useBackend } from '../../../lib/inPage/backends.js';
import { capturedSide } from '../../sides.js';
import { readTflite } from '../../tflite/tflite.js';
import { Tensor as LiteRtTensor, loadAndCompile, loadLiteRt } from './litert.js';
import { loadTflite } from './runTflite.js';

export interface Contestant {
  readonly name: string;
  /** Predicts from [1, height, width, 3], and returns all output values as one array an output. */
  predict(input: Float32Array): Promise<Float32Array[]>;
}

/** @param files where the server has LiteRT's WebAssembly */
export async function liteRt(
  model: Uint8Array,
  shape: readonly number[],
  threads: number,
  files: string,
): Promise<Contestant> {
  await loadLiteRt(files, { threads: threads > 1 });
  const compiled = await loadAndCompile(model, {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  return {
    name: 'litert',
    async predict(input) {
      const x = new LiteRtTensor(input, [...shape]);
      const results = await compiled.run(x);
      const values = results.map((result) => result.toTypedArray().slice() as Float32Array);
      for (const result of results) result.delete();
      x.delete();
      return values;
    },
  };
}

/** @param isCaptured true to predict from a recording */
export async function onBackend(
  name: string,
  model: Uint8Array,
  isCaptured: boolean,
): Promise<Contestant> {
  await useBackend(name);
  const net = loadTflite(readTflite(model));
  const shape = [...net.inputShape];
  const run = (x: Tensor) => net.predict(x);
  const example = tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const fast = isCaptured ? await capture<Tensor, Tensor[]>(run, example) : null;
  if (fast !== null && !fast.info.captured) throw new Error(`${name}: ${fast.info.reason}`);
  example.dispose();
  return {
    name: isCaptured ? capturedSide(name) : name,
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
