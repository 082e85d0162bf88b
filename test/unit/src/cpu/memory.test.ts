/** Tests of the CPU engine's heap: memory is reused, moved to a smaller heap, and given back. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type Heap, makeHeap } from '../../../../src/cpu/heap.js';
import { TiledCPUBackend, tiledInfo, trim } from '../../../../src/index.js';
import { type FakeClock, fakeClock } from '../../../support/fakeClock.js';

const MB = 1e6;

describe('a compacted heap', () => {
  it('has its blocks at new addresses, without gaps and without abandoned blocks', () => {
    const [from, to] = [makeHeap(() => {}), makeHeap(() => {})];
    const addresses = [100, 1_000_000, 300_000, 40_000, 50].map((bytes) => from.allocate(bytes));
    const bytesAt = (heap: typeof from, address: number) =>
      new Uint8Array(heap.memory.buffer, address, 50);
    for (const [i, address] of addresses.entries()) bytesAt(from, address).fill(i + 1);
    from.free(addresses[1]);
    from.abandon(addresses[2]);
    const moved = from.copyTo(to);
    expect([...moved.keys()]).to.deep.equal([addresses[0], addresses[3], addresses[4]]);
    for (const [i, address] of addresses.entries()) {
      if (i === 1 || i === 2) continue;
      const copy = bytesAt(to, moved.get(address) as number);
      expect([...copy]).to.deep.equal(Array(50).fill(i + 1));
    }
    expect(to.usedBytes()).to.equal(128 + 40_000 + 64);
    expect(from.bytes() - to.bytes()).to.equal(from.spareBytes());
    expect(to.spareBytes()).to.equal(0);
    expect(() => to.free(moved.get(addresses[3]) as number)).to.not.throw();
  });

  it('takes no memory when it is empty', () => {
    const [from, to] = [makeHeap(() => {}), makeHeap(() => {})];
    from.free(from.allocate(10 * MB));
    expect([...from.copyTo(to)]).to.deep.equal([]);
    expect(from.bytes() - to.bytes()).to.equal(from.spareBytes());
  });
});

const name = 'tiled-cpu-memory';

/** Runs `body` on a new backend that may always hold 1 MB. */
async function onOwn(
  body: (clock: FakeClock, backend: TiledCPUBackend) => void | Promise<void>,
): Promise<void> {
  const clock = fakeClock();
  tf.copyRegisteredKernels('tiled-cpu', name);
  tf.registerBackend(name, () => new TiledCPUBackend('of a test', { clock, leastBytes: MB }), 0);
  await tf.setBackend(name);
  const { numTensors } = tf.memory();
  try {
    await body(clock, tf.backend() as TiledCPUBackend);
    expect(tf.memory().numTensors).to.equal(numTensors);
  } finally {
    await tf.setBackend('tiled-cpu');
    tf.removeBackend(name);
  }
}

const whole = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i % 7) - 3),
    shape,
  );

/** Makes the weights of a net, and its prediction for a picture. */
function makeNet(side: number, channels: number, layers: number) {
  const weights = Array.from({ length: layers }, () => whole([3, 3, channels, channels]));
  const picture = () => whole([1, side, side, channels]) as tf.Tensor4D;
  return {
    weights,
    predict: () =>
      tf.tidy(() => {
        const y = weights.reduce<tf.Tensor4D>(
          (x, w) => tf.relu6(tf.conv2d(x, w as tf.Tensor4D, 1, 'same')),
          picture(),
        );
        return [...tf.max(y, [1, 2]).dataSync()];
      }),
  };
}

const useMuch = () => tf.tidy(() => void tf.relu(tf.ones([2 * MB])));

/** Waits for work that is deferred until no kernel runs. */
const afterKernels = () => Promise.resolve();

describe('memory of tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('is freed when a large net is gone and nothing has run for some seconds', () =>
    onOwn(async (clock, backend) => {
      const small = makeNet(8, 8, 2);
      const wanted = small.predict();
      const large = makeNet(128, 32, 2);
      large.predict();
      expect(backend.heapBytes).to.be.above(4 * MB);
      tf.dispose(large.weights);
      clock.pass(4000);
      expect(backend.heapBytes, 'too early').to.be.above(4 * MB);
      clock.pass(10_000);
      expect(backend.heapBytes).to.be.below(MB);
      expect(clock.timers).to.equal(0);
      expect(small.predict(), 'weights were moved').to.deep.equal(wanted);
      tf.dispose(small.weights);
    }));

  it('is freed when a smaller net keeps running', () =>
    onOwn(async (clock, backend) => {
      const large = makeNet(128, 32, 2);
      large.predict();
      tf.dispose(large.weights);
      const small = makeNet(8, 8, 2);
      const wanted = small.predict();
      for (let i = 0; i < 13; i++) {
        clock.pass(1000);
        expect(small.predict()).to.deep.equal(wanted);
        await afterKernels();
      }
      expect(backend.heapBytes).to.be.below(MB);
      expect(small.predict()).to.deep.equal(wanted);
      tf.dispose(small.weights);
    }));

  it('stays the same while a net is steady', () =>
    onOwn(async (clock, backend) => {
      const net = makeNet(96, 16, 3);
      const wanted = net.predict();
      const { heap, heapBytes } = backend;
      for (let i = 0; i < 20; i++) {
        clock.pass(1000);
        expect(net.predict()).to.deep.equal(wanted);
        await afterKernels();
      }
      expect(backend.heap).to.equal(heap);
      expect(backend.heapBytes).to.equal(heapBytes);
      tf.dispose(net.weights);
    }));

  it('stays within 2.5 times what the largest of eight nets used, and serves all of them', () =>
    onOwn((_, backend) => {
      const heap = backend.heap as Heap;
      const { allocate } = heap;
      let most = 0;
      heap.allocate = (bytes) => {
        const address = allocate(bytes);
        most = Math.max(most, heap.usedBytes());
        return address;
      };
      for (const [side, channels] of [
        [64, 16],
        [40, 32],
        [130, 8],
        [33, 24],
        [96, 16],
        [20, 40],
        [72, 24],
        [50, 32],
      ]) {
        const net = makeNet(side, channels, 4);
        net.predict();
        net.predict();
        tf.dispose(net.weights);
        expect(backend.heap?.usedBytes()).to.equal(0);
      }
      expect(backend.heap).to.equal(heap);
      expect(most).to.be.above(2 * MB);
      expect(backend.heapBytes).to.be.at.most(2.5 * most);
    }));

  it('is freed by trim(), even from a heap in use, and filters are packed again', () =>
    onOwn((_, backend) => {
      const net = makeNet(40, 16, 2);
      const wanted = net.predict();
      const kept = tf.tidy(() => tf.relu(whole([3, 50])));
      const keptValues = [...kept.dataSync()];
      const before = tiledInfo(name).heapBytes;
      expect(before).to.equal(backend.heap?.memory.buffer.byteLength);
      const report = trim(name);
      expect(report.heapBytes).to.be.above(0);
      expect(report).to.deep.equal({
        backend: name,
        gpuBytes: 0,
        heapBytes: before - tiledInfo(name).heapBytes,
      });
      expect(trim(name).heapBytes, 'there is nothing left').to.equal(0);
      expect([...kept.dataSync()]).to.deep.equal(keptValues);
      expect(net.predict()).to.deep.equal(wanted);
      tf.dispose([net.weights, kept]);
    }));

  it('is not shared with slices of stock kernels after a move, because these are copies', () =>
    onOwn((_, backend) => {
      const x = tf.tidy(() => tf.relu(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])));
      useMuch();
      const old = backend.data.get(x.dataId).values as Float32Array;
      trim(name);
      expect(backend.data.get(x.dataId).values).to.not.equal(old);
      // Acts as a stock kernel that has been running since before the move.
      const row = tf.tensor1d((backend.data.get(x.dataId).values as Float32Array).subarray(0, 3));
      const oldRow = backend.makeTensorInfo([3], 'float32', old.subarray(3));
      expect((backend.data.get(oldRow.dataId).values as Float32Array).buffer).to.not.equal(
        old.buffer,
      );
      x.dispose();
      tf.tidy(() => void tf.relu(tf.tensor2d([9, 9, 9, 9, 9, 9], [2, 3])));
      expect([...row.dataSync()]).to.deep.equal([1, 2, 3]);
      row.dispose();
      backend.disposeIntermediateTensorInfo(oldRow);
    }));

  it('is 0 before anything has run, when trim() frees nothing', () =>
    onOwn(() => {
      expect(tiledInfo(name).heapBytes).to.equal(0);
      expect(trim(name)).to.deep.equal({ backend: name, gpuBytes: 0, heapBytes: 0 });
      expect(tiledInfo(name).heapBytes).to.equal(0);
      expect(() => trim('cpu')).to.throw(/^trim: 'cpu' is not a tiled backend/);
    }));

  it('is not moved when its backend was disposed', async () => {
    let timers = -1;
    let clock: FakeClock | undefined;
    await onOwn((own) => {
      useMuch();
      clock = own;
      expect(own.timers).to.equal(1);
    });
    timers = (clock as FakeClock).timers;
    expect(timers).to.equal(0);
  });

  it('gets new threads when it moves', async function () {
    if (availableParallelism() === 1) this.skip();
    this.timeout(60_000);
    tf.env().set('TILED_CPU_THREADS', 2);
    try {
      await onOwn(async (_, backend) => {
        const loaded = async () => {
          while (tiledInfo(name).threads?.reason === 'workers are loading') {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          expect(tiledInfo(name).threads).to.deep.equal({
            count: 2,
            reason: 'TILED_CPU_THREADS is 2',
          });
        };
        // Large enough to be shared between threads.
        const net = makeNet(48, 40, 2);
        const wanted = net.predict();
        await loaded();
        expect(net.predict()).to.deep.equal(wanted);
        const { heap, threads } = backend;
        expect(trim(name).heapBytes).to.be.above(0);
        expect(backend.heap).to.not.equal(heap);
        expect(threads?.isOver).to.equal(true);
        expect(net.predict(), 'while workers load').to.deep.equal(wanted);
        await loaded();
        expect(net.predict(), 'shared again').to.deep.equal(wanted);
        backend.threads?.end('a test has ended them');
        expect(trim(name).heapBytes).to.be.above(0);
        expect(net.predict()).to.deep.equal(wanted);
        expect(tiledInfo(name).threads, 'lost for good').to.deep.equal({
          count: 1,
          reason: 'a test has ended them',
        });
        tf.dispose(net.weights);
      });
    } finally {
      tf.env().set('TILED_CPU_THREADS', 0);
    }
  });
});
