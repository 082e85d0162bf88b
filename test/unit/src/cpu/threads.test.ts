import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { makeThreads, sharedMemory } from '../../../../src/cpu/threads.js';
import type { Build, Chunks } from '../../../../src/cpu/worker.js';
import { TiledCPUBackend, tiledInfo, warmUp } from '../../../../src/index.js';
import {
  type Bytes,
  backend,
  bytesOf,
  computeMuch,
  large,
  nextTurn,
  renew,
  startTakingTurns,
  startWith,
} from './threadsSupport.js';

describe('the flag TILED_CPU_THREADS', () => {
  afterEach(() => tf.env().set('TILED_CPU_THREADS', 0));

  it('is 0 by default, by which the engine takes half as many as there are logical cores', async () => {
    expect(tf.env().get('TILED_CPU_THREADS')).to.equal(0);
    await startWith(0);
    const cores = availableParallelism();
    const count = Math.min(4, Math.max(1, Math.floor(cores / 2)));
    const reason =
      cores === 1 ? 'the device has one core' : `the device has ${cores} logical cores`;
    expect(tiledInfo().threads).to.deep.equal({ count, reason });
  });

  it('is 1 for no workers', async () => {
    expect(await startWith(1)).to.have.length(0);
    expect(tiledInfo().threads).to.deep.equal({ count: 1, reason: 'TILED_CPU_THREADS is 1' });
    expect(backend().heap?.memory.buffer).to.be.instanceOf(ArrayBuffer);
  });

  it('is refused when it is not a whole number', () => {
    for (const wrong of ['two', -1, 1.5, Number.NaN, true]) {
      tf.env().set('TILED_CPU_THREADS', wrong as number);
      expect(() => new TiledCPUBackend(), String(wrong)).to.throw(
        `TILED_CPU_THREADS is '${wrong}'; it must be a whole number: 1 is without threads, and 0 leaves it`,
      );
    }
  });

  it('is limited to the number of cores', async () => {
    await startWith(100);
    expect(tiledInfo().threads?.count).to.equal(Math.min(4, availableParallelism()));
  });
});

describe('threads of tiled-cpu', () => {
  const expected = new Map<string, Bytes>();

  before(async function () {
    if (availableParallelism() === 1) this.skip();
    await startWith(1);
    for (const [what, make] of Object.entries(large)) expected.set(what, bytesOf(make));
  });
  after(() => startWith(0));

  /** Results that take the longest. */
  const some = ['conv2d of NCHW, with strides', 'conv2dTranspose by phases', 'a power'];

  function expectSome(): void {
    for (const what of some) {
      const found = bytesOf(large[what]);
      expect(Buffer.compare(found, expected.get(what) as Bytes), what).to.equal(0);
    }
  }

  it('share every kind of work, whose bits do not depend on who does what', async () => {
    const threads = await startTakingTurns();
    for (const [what, bytes] of expected) {
      const { shared } = threads;
      const found = bytesOf(large[what]);
      expect(threads.shared, what).to.be.above(shared);
      expect(Buffer.compare(found, bytes), what).to.equal(0);
    }
  });

  it('share nothing that is small', async () => {
    const threads = await startTakingTurns();
    const x = tf.zeros<tf.Rank.R4>([1, 9, 9, 16]);
    const results = [tf.relu(x), tf.conv2d(x, tf.ones([1, 1, 16, 16]), 1, 'same'), tf.sum(x)];
    expect(threads.shared).to.equal(0);
    tf.dispose([x, ...results]);
  });

  it('compute the same values as one, in workers', async () => {
    await startWith(2);
    let [all, own] = [0, 0];
    const { threads } = backend();
    const run = threads?.run;
    Object.assign(threads as object, {
      run(chunks: Chunks) {
        all += chunks.count;
        const { build } = chunks;
        const counting = {
          ...build,
          runChunk(...args: Parameters<Build['runChunk']>) {
            own++;
            build.runChunk(...args);
          },
        };
        return run?.({ ...chunks, build: counting });
      },
    });
    // A worker that has to wait for a core may come too late for some kernels.
    for (let i = 0; i < 20 && (i < 1 || own === all); i++) expectSome();
    expect(own).to.be.below(all);
    expect(tiledInfo().threads).to.deep.equal({ count: 2, reason: 'TILED_CPU_THREADS is 2' });
  });

  it('are not made before there is work for them', async () => {
    await renew(2);
    tf.relu(tf.tensor1d([1])).dispose();
    const none = { count: 1, reason: 'no work was large enough yet' };
    expect(tiledInfo().threads).to.deep.equal(none);
    computeMuch();
    expect(tiledInfo().threads?.reason).to.equal('workers are loading');
    await backend().threadsLoaded();
    expect(tiledInfo().threads?.count).to.equal(2);
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
    expectSome();
  });

  it('are ready when warmUp() has ended', async () => {
    await renew(2);
    const x = tf.zeros([50_000]);
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
    threads.start(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
    expect(threads.isLoading).to.equal(true);
    await backend().threadsLoaded();
    expect(threads.reason).to.equal('a worker is lost: Error: no room');
  });

  it('survive a worker that is killed', async () => {
    const [worker] = await startWith(2);
    const ended = worker.terminate();
    expectSome();
    await ended;
    while (tiledInfo().threads?.reason === 'TILED_CPU_THREADS is 2') await nextTurn();
    expect(tiledInfo().threads).to.deep.equal({
      count: 1,
      reason: 'a worker is lost: it has ended',
    });
    expectSome();
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
    computeMuch();
    while (threads.count === 1) await nextTurn();
    const what = 'conv2d by a large filter';
    const results = [large[what]()];
    while (threads.reason === '') results.push(large[what]());
    expect(threads.reason).to.equal('a worker is lost: it does not answer');
    // Writes as the lost worker would: its schedule has the address of a list, the list that of its job, and
    // the job that of y.
    const { buffer } = (backend().heap as { memory: WebAssembly.Memory }).memory;
    const heap = new Int32Array(buffer);
    const list = heap[words[1] / 4 + 1];
    const job = new Float64Array(buffer, list + 16 + 8, 1)[0] / 4;
    const y = heap[job + 7] / 4;
    heap.fill(0x7fc00000, y, y + 18 * 7 * 128);
    for (const t of results) {
      const bytes = new Uint8Array(t.dataSync().buffer);
      expect(Buffer.compare(bytes, expected.get(what) as Bytes)).to.equal(0);
      t.dispose();
    }
    expectSome();
  });
});
