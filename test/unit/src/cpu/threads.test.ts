import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { makeThreads, sharedMemory } from '../../../../src/cpu/threads.js';
import { TiledCPUBackend, tiledInfo, warmUp } from '../../../../src/index.js';

const name = 'tiled-cpu';

/** Registers a new `tiled-cpu` that may use this many threads, and has no workers yet. */
async function renew(threads: number): Promise<void> {
  tf.env().set('TILED_CPU_THREADS', threads);
  tf.removeBackend(name);
  tf.registerBackend(name, () => new TiledCPUBackend(), 0);
  await tf.setBackend(name);
}

/** Registers a new `tiled-cpu` with this many threads; returns its workers once they are loaded. */
async function startWith(threads: number): Promise<Worker[]> {
  await renew(threads);
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => workers.push(worker);
  process.on('worker', onWorker);
  tf.relu(tf.tensor1d([1])).dispose();
  while (tiledInfo().threads?.reason === 'workers are loading') await nextTurn();
  process.off('worker', onWorker);
  return workers;
}

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

const backend = () => tf.backend() as TiledCPUBackend;

const values = (length: number, scale: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * scale));

/** Results large enough to be shared between threads, for every kernel that shares its jobs. */
const large: Record<string, () => tf.Tensor> = {
  'conv2d by 3x3 with bias and prelu': () =>
    tf.fused.conv2d({
      x: tf.tensor4d(values(40 * 40 * 20, 0.37), [1, 40, 40, 20]),
      filter: tf.tensor4d(values(9 * 20 * 44, 0.71), [3, 3, 20, 44]),
      strides: 1,
      pad: 'same',
      bias: tf.tensor1d(values(44, 0.3)),
      activation: 'prelu',
      preluActivationWeights: tf.tensor1d(values(44, 0.9)),
    }),
  'conv2d of NCHW, with strides': () =>
    tf.conv2d(
      tf.tensor4d(values(2 * 16 * 61 * 61, 0.37), [2, 16, 61, 61]),
      tf.tensor4d(values(25 * 16 * 19, 0.71), [5, 5, 16, 19]),
      2,
      'same',
      'NCHW',
    ),
  conv2dTranspose: () =>
    tf.conv2dTranspose(
      tf.tensor4d(values(30 * 30 * 32, 0.37), [1, 30, 30, 32]),
      tf.tensor4d(values(9 * 40 * 32, 0.71), [3, 3, 40, 32]),
      [1, 60, 60, 40],
      2,
      'same',
    ),
  'a matrix product': () =>
    tf.matMul(
      tf.tensor2d(values(331 * 200, 0.37), [331, 200]),
      tf.tensor2d(values(200 * 130, 0.71), [200, 130]),
    ),
};

const computed = (make: () => tf.Tensor) => tf.tidy(() => make().dataSync()) as Float32Array;
const bits = (floats: Float32Array) => [...new Uint32Array(floats.buffer)];

describe('the flag TILED_CPU_THREADS', () => {
  afterEach(() => tf.env().set('TILED_CPU_THREADS', 1));

  it('defaults to 1, which means no workers', async () => {
    expect(await startWith(1)).to.have.length(0);
    expect(tiledInfo().threads).to.deep.equal({ count: 1, reason: 'TILED_CPU_THREADS is 1' });
    expect(backend().heap?.memory.buffer).to.be.instanceOf(ArrayBuffer);
  });

  it('is refused when it is not a whole number of at least 1', () => {
    for (const wrong of ['two', 0, -1, 1.5, Number.NaN, true]) {
      tf.env().set('TILED_CPU_THREADS', wrong as number);
      expect(() => new TiledCPUBackend(), String(wrong)).to.throw(
        `TILED_CPU_THREADS is '${wrong}'; it must be a whole number, and 1 is without threads`,
      );
    }
  });

  it('is limited to the number of cores', async () => {
    await startWith(100);
    expect(tiledInfo().threads?.count).to.equal(Math.min(4, availableParallelism()));
  });
});

describe('threads of tiled-cpu', () => {
  const expected = new Map<string, number[]>();

  before(async function () {
    if (availableParallelism() === 1) this.skip();
    await startWith(1);
    for (const [what, make] of Object.entries(large)) expected.set(what, bits(computed(make)));
  });
  after(() => startWith(1));

  function expectAll(): void {
    for (const [what, make] of Object.entries(large)) {
      expect(bits(computed(make)), what).to.deep.equal(expected.get(what));
    }
  }

  it('compute the same values as one, in workers', async () => {
    await startWith(2);
    const { threads } = backend();
    const shared: number[] = [];
    const run = threads?.run;
    Object.assign(threads as object, {
      run(module: number, jobs: number[], own: (job: number) => void) {
        shared.push(jobs.length);
        return run?.(module, jobs, own);
      },
    });
    expectAll();
    expect(shared.length).to.be.at.least(Object.keys(large).length);
    expect(new Set(shared)).to.deep.equal(new Set([2]));
    expect(tiledInfo().threads).to.deep.equal({ count: 2, reason: 'TILED_CPU_THREADS is 2' });
  });

  it('keep the values of tensors when the heap grows, and share none of its memory', async () => {
    await startWith(2);
    const x = tf.relu(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]));
    const [first] = tf.unstack(x);
    const bytes = backend().heap?.memory.buffer.byteLength ?? 0;
    tf.relu(tf.ones([bytes / 4 + 1])).dispose();
    expect(backend().heap?.memory.buffer.byteLength).to.be.above(bytes);
    expect([...x.dataSync()]).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(x.dataSync().buffer).to.be.instanceOf(ArrayBuffer);
    x.dispose();
    tf.relu(tf.tensor2d([9, 9, 9, 9, 9, 9], [2, 3]));
    expect([...first.dataSync()]).to.deep.equal([1, 2, 3]);
    expectAll();
  });

  it('are ready when warmUp() has ended', async () => {
    await renew(2);
    const x = tf.tensor1d([1]);
    await warmUp((t: tf.Tensor) => tf.relu(t), x);
    expect(tiledInfo().threads).to.deep.equal({ count: 2, reason: 'TILED_CPU_THREADS is 2' });
    x.dispose();
  });

  it('are not waited for when a worker does not load', async () => {
    await renew(2);
    const memory = sharedMemory() as WebAssembly.Memory;
    const threads = makeThreads(memory, { count: 2, reason: '' }, (onEnd) => {
      const worker = new Worker('throw new Error("no room")', { eval: true });
      return worker.on('error', (error) => onEnd(String(error)));
    });
    expect(backend().heap).not.to.equal(null);
    Object.assign(backend(), { ownThreads: threads });
    threads.start([]);
    expect(threads.isLoading).to.equal(true);
    await backend().threadsLoaded();
    expect(threads.reason).to.equal('a worker is lost: Error: no room');
  });

  it('survive a worker that is killed', async () => {
    const [worker] = await startWith(2);
    const ended = worker.terminate();
    expectAll();
    await ended;
    while (tiledInfo().threads?.reason === 'TILED_CPU_THREADS is 2') await nextTurn();
    expect(tiledInfo().threads).to.deep.equal({
      count: 1,
      reason: 'a worker is lost: it has ended',
    });
    expectAll();
  });

  it('survive a worker that dies in the middle of its work', async () => {
    await startWith(2);
    const memory = sharedMemory() as WebAssembly.Memory;
    let words: Int32Array = new Int32Array();
    // This worker takes one job and ends without a message.
    const source = `require('node:worker_threads').parentPort.once('message', ({ mail }) => {
      Atomics.store(mail, 0, 1);
      while (Atomics.compareExchange(mail, 0, 2, 3) !== 2);
    });`;
    const threads = makeThreads(memory, { count: 2, reason: '' }, () => {
      const worker = new Worker(source, { eval: true });
      return {
        postMessage(message) {
          words = (message as { mail: Int32Array }).mail;
          worker.postMessage(message);
        },
        terminate: () => worker.terminate(),
      };
    });
    Object.assign(backend(), { ownThreads: threads });
    threads.start([]);
    while (threads.count === 1) await nextTurn();
    const make = large['conv2d of NCHW, with strides'];
    const results = [make()];
    while (threads.reason === '') results.push(make());
    expect(threads.reason).to.equal('a worker is lost: it does not answer');
    // Writes as the lost worker would; the second operand of its job is the address of its part of
    // y.
    const job = words[2] / 4;
    const heap = new Int32Array(backend().heap?.memory.buffer as ArrayBufferLike);
    const part = heap[job + 7] / 4;
    heap.fill(0x7fc00000, part, part + 2 * 31 * 31 * 19 - 8);
    for (const t of results) {
      expect(bits(t.dataSync() as Float32Array)).to.deep.equal(
        expected.get('conv2d of NCHW, with strides'),
      );
    }
    expectAll();
  });
});
