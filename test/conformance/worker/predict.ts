/** Predicts in a worker, and posts the answers, or why there are none. */
import * as tf from '@tensorflow/tfjs-core';
import { type TiledWebGLBackend, tiledInfo } from '../../../src/index.js';
import { makeInput, makeNet, predict } from './smallNet.js';

/** What the page asks for. */
export interface Request {
  readonly backend: string;
  readonly inputs: number;
  /** The prediction before which the context is lost; none where it is not given. */
  readonly loseBefore?: number;
}

export type Reply =
  | {
      readonly answers: readonly Float32Array[];
      readonly engine: string;
      readonly hasDocument: boolean;
      readonly losses: number | null;
      /** Tensors, and bytes on the GPU, that are left at the end. */
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
    // Both ways to read, by turns.
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
