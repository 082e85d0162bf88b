/** The backends in a worker, where canvases are OffscreenCanvas, beside the page's own. */
import { expect } from 'chai';
import { ours, tf } from './setup.js';
import type { Reply, Request } from './worker/predict.js';
import { makeInput, makeNet, predict } from './worker/smallNet.js';

/** Where Karma serves the bundle of worker/predict.ts. */
const bundle = '/base/dist/test/worker.js';

async function inWorker(request: Request): Promise<Exclude<Reply, { error: string }>> {
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

async function here({ backend, inputs }: Request): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const net = makeNet('worker');
  const answers = Array.from({ length: inputs }, (_, i) =>
    tf.tidy(() => new Float32Array(predict(net, makeInput(i)).dataSync())),
  );
  tf.dispose({ ...net });
  return answers;
}

const asNumbers = (answers: readonly Float32Array[]) => answers.map((values) => [...values]);

describe('pages: in a worker', () => {
  for (const backend of [...ours, 'tiled'] as const) {
    it(`${backend} answers as in the page, bit for bit, and leaves nothing`, async () => {
      const request: Request = { backend, inputs: 4 };
      const reply = await inWorker(request);
      expect(reply.hasDocument).to.equal(false);
      if (backend !== 'tiled') expect(`tiled-${reply.engine}`).to.equal(backend);
      expect(asNumbers(reply.answers)).to.deep.equal(asNumbers(await here(request)));
      expect(new Set(reply.answers.map(String)).size).to.equal(4);
      expect(reply.left).to.deep.equal([0, 0]);
    });
  }

  it('a worker goes on in a new context when its own is lost', async () => {
    const request: Request = { backend: 'tiled-webgl', inputs: 4 };
    const reply = await inWorker({ ...request, loseBefore: 2 });
    expect(reply.losses).to.equal(1);
    expect(asNumbers(reply.answers)).to.deep.equal(asNumbers(await here(request)));
    expect(reply.left).to.deep.equal([0, 0]);
  });

  it('two workers and the page predict at the same time', async () => {
    const request: Request = { backend: 'tiled-webgl', inputs: 3 };
    const [a, b, page] = await Promise.all([inWorker(request), inWorker(request), here(request)]);
    expect(asNumbers(a.answers)).to.deep.equal(asNumbers(page));
    expect(asNumbers(b.answers)).to.deep.equal(asNumbers(page));
  });
});
