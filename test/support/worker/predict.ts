/** Worker that predicts, and posts the answers or the error. */
import * as tf from '@tensorflow/tfjs-core';
import { type TiledWebGLBackend, tiledInfo } from '../../../src/index.js';
import { makeInput, makeNet, predict } from './smallNet.js';

/** Request that the page posts. */
export interface Request {
  readonly backend: string;
  readonly inputs: number;
  /** Index of the prediction before which to lose the context; if absent, it is not lost. */
  readonly loseBefore?: number;
}

export type Reply =
  | {
      readonly answers: readonly Float32Array[];
      readonly engine: string;
      readonly hasDocument: boolean;
      readonly losses: number | null;
      /** Numbers of tensors, and of bytes on the GPU, that are left at the end. */
      readonly left: readonly [tensors: number, gpuBytes: number];
    }
  | { readonly error: string };

async function run({ backend, inputs, loseBefore }: Request): Promise<Reply> {
  tf.env().set('IS_TEST', true);
  if (!(await tf.setBackend(backend))) throw new Error(`${backend} does not start`);
  const net = makeNet('worker');
  const answers: Float32Array[] = [];
  for (let i = 0; i < inputs; i++) {
    if (i === loseBefore) {
      const { gl } = (tf.backend() as unknown as TiledWebGLBackend).gpgpu;
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    }
    const x = makeInput(i);
    const y = predict(net, x);
    // Alternates between both ways to read.
    answers.push(new Float32Array(i % 2 === 0 ? await y.data() : y.dataSync()));
    tf.dispose([x, y]);
  }
  tf.dispose({ ...net });
  const { numTensors, numBytesInGPU = 0 } = tf.memory() as tf.MemoryInfo & {
    numBytesInGPU?: number;
  };
  const { engine, context } = tiledInfo(backend);
  const hasDocument = 'document' in globalThis;
  const losses = context?.losses ?? null;
  return { answers, engine, hasDocument, losses, left: [numTensors, numBytesInGPU] };
}

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const reply: Reply = await run(data).catch((error: Error) => ({ error: String(error.stack) }));
  postMessage(reply);
});
