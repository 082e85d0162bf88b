/** Predictions of a small net in a worker, and the same predictions in the page. */
import { tf } from '../../../support/setup.js';
import type { Reply, Request } from '../../../support/worker/predict.js';
import { makeInput, makeNet, predict } from '../../../support/worker/smallNet.js';

/** URL at which Karma serves the bundle of worker/predict.ts. */
const bundle = '/base/dist/test/worker.js';

export async function inWorker(request: Request): Promise<Exclude<Reply, { error: string }>> {
  const worker = new Worker(bundle);
  try {
    const reply = await new Promise<Reply>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
      worker.postMessage(request);
    });
    if ('error' in reply) throw new Error(`in the worker: ${reply.error}`);
    return reply;
  } finally {
    worker.terminate();
  }
}

export async function here({ backend, inputs }: Request): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const net = makeNet('worker');
  const answers = Array.from({ length: inputs }, (_, i) =>
    tf.tidy(() => new Float32Array(predict(net, makeInput(i)).dataSync())),
  );
  tf.dispose({ ...net });
  return answers;
}

export const asNumbers = (answers: readonly Float32Array[]) => answers.map((values) => [...values]);
