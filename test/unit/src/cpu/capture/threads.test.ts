/** Tests of captured predictions whose convolutions are shared between threads. */
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import type { Threads } from '../../../../../src/cpu/threads.js';
import { capture, TiledCPUBackend } from '../../../../../src/index.js';
import {
  expectReplays,
  expectSame,
  settle,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { takingTurns } from '../threadsSupport.js';
import { held, leavingNothing, type Model, name } from './cpuCaptureSupport.js';

const own = 'tiled-cpu-threads';

const make = () => tf.randomUniform([1, 24, 24, 40], -1, 1);

/** Runs `body` on a backend; it may leave nothing but blocks that a lost worker might write to. */
async function leavingBlocks(body: () => Promise<void>, backendName: string): Promise<void> {
  await tf.setBackend(backendName);
  const before = held();
  await body();
  expect({ ...held(), usedBytes: 0 }).to.deep.equal({ ...before, usedBytes: 0 });
}

/**
 * Runs `body` with a net that is worth sharing, on a new backend of two threads, which share all that they
 * may; it must leave nothing.
 */
async function withThreads(
  body: (model: Model, backend: TiledCPUBackend) => Promise<void>,
  isLost = false,
): Promise<void> {
  tf.env().set('TILED_CPU_THREADS', 2);
  tf.registerBackend(own, () => new TiledCPUBackend('of a test'), 0);
  try {
    const leaving = isLost ? leavingBlocks : leavingNothing;
    await leaving(async () => {
      Object.assign((tf.backend() as TiledCPUBackend).sharing, { measures: false });
      const filters = [1, 2].map(() => tf.randomUniform([3, 3, 40, 40], -0.1, 0.1) as tf.Tensor4D);
      const model = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = tf.relu(tf.conv2d(t as tf.Tensor4D, filters[0], 1, 'same'));
          return tf.cumsum(tf.conv2d(y, filters[1], 1, 'same'), 3);
        });
      await body(model, tf.backend() as TiledCPUBackend);
      tf.dispose(filters);
    }, own);
  } finally {
    tf.env().set('TILED_CPU_THREADS', 0);
    await tf.setBackend(name);
    tf.removeBackend(own);
  }
}

/** Returns two threads, of which one does not answer to the schedule of this number. */
function losing(when: number): Threads {
  let [calls, isOver] = [0, false];
  return {
    get count() {
      return isOver ? 1 : 2;
    },
    get most() {
      return isOver ? 1 : 2;
    },
    get isOver() {
      return isOver;
    },
    reason: 'of a test',
    isLoading: false,
    start: () => !isOver,
    run({ build, schedule, count }) {
      isOver = ++calls >= when;
      for (let chunk = 0; chunk < (isOver ? 1 : count); chunk++) {
        build.runChunk(schedule, build.stepOf(schedule, 0, chunk), chunk, 0);
      }
      return !isOver;
    },
    end: () => {
      isOver = true;
    },
  };
}

/** Counts the schedules that were shared from now on. */
function shared(backend: TiledCPUBackend): () => number {
  const threads = backend.threads as Threads;
  const { run } = threads;
  let count = 0;
  threads.run = (...given) => {
    count++;
    return run(...given);
  };
  return () => count;
}

describe('capture on tiled-cpu with threads', () => {
  before(function () {
    if (availableParallelism() === 1) this.skip();
    tf.copyRegisteredKernels(name, own);
  });

  after(() => {
    for (const { kernelName } of tf.getKernelsForBackend(own)) tf.unregisterKernel(kernelName, own);
  });

  it('gives the bits of the model, while workers load and in workers', () =>
    withThreads(async (model, backend) => {
      const x = make();
      const fast = await capture(model, x);
      await expectReplays(fast, model, make);
      await backend.threadsLoaded();
      expect(backend.threads?.count).to.equal(2);
      await expectReplays(fast, model, make);
      fast.dispose();
      const faster = await capture(model, x);
      const count = shared(backend);
      faster.predict(x).dispose();
      expect(faster.info.replays).to.equal(1);
      expect(count(), 'shared in a replay').to.equal(1);
      await expectReplays(faster, model, make);
      faster.dispose();
      x.dispose();
    }));

  it('gives the bits of the model, whoever does what', () =>
    withThreads(async (_, backend) => {
      const { memory } = backend.heap as { memory: WebAssembly.Memory };
      const threads = takingTurns(memory, 3);
      Object.assign(backend, { ownThreads: threads });
      const filter = tf.randomUniform([3, 3, 40, 1], -1, 1) as tf.Tensor4D;
      const weights = [1, 2].map(() => tf.randomUniform([1, 1, 40, 40], -1, 1) as tf.Tensor4D);
      const offsets = tf.randomUniform([40], -1, 1);
      const model = (t: tf.Tensor) =>
        tf.tidy(() => {
          const x = tf.relu(tf.add(tf.conv2d(t as tf.Tensor4D, weights[0], 1, 'same'), offsets));
          const swept = tf.depthwiseConv2d(x as tf.Tensor4D, filter, 1, 'same');
          // Steps in parts that begin with rows of a convolution and go on with values.
          const swish = tf.mul(swept, tf.sigmoid(tf.mul(swept, 1.7)));
          const pooled = tf.maxPool(tf.add(swish, x) as tf.Tensor4D, 3, 1, 'same');
          const y = tf.mul(pooled, tf.sigmoid(tf.mean(pooled, [1, 2], true)));
          return tf.softmax(tf.conv2d(y as tf.Tensor4D, weights[1], 1, 'same'));
        });
      const x = make();
      const fast = await capture(model, x);
      await expectReplays(fast, model, make);
      const before = threads.shared;
      fast.predict(x).dispose();
      expect(threads.shared - before, 'steps that a replay shares').to.be.above(4);
      backend.threads?.end('a test has ended them');
      await settle(fast, model, make);
      fast.dispose();
      tf.dispose([x, filter, offsets, ...weights]);
    }));

  it('gives the bits of the model while it measures what to share, and after that', () =>
    withThreads(async (model, backend) => {
      const x = make();
      tf.dispose(model(x));
      await backend.threadsLoaded();
      Object.assign(backend.sharing, { measures: true });
      const fast = await capture(model, x);
      const wanted = tf.tidy(() => model(x).dataSync());
      // Two replays after the first eight are tries, and two after sixteen more.
      for (let i = 0; i < 30; i++) {
        const y = fast.predict(x);
        expect(y.dataSync()).to.deep.equal(wanted);
        y.dispose();
      }
      await expectReplays(fast, model, make);
      fast.dispose();
      x.dispose();
    }));

  it('goes on when the workers have ended', () =>
    withThreads(async (model, backend) => {
      const x = make();
      tf.dispose(model(x));
      await backend.threadsLoaded();
      const fast = await capture(model, x);
      await expectReplays(fast, model, make);
      backend.threads?.end('a test has ended them');
      for (let i = 0; i < 3; i++) await expectSame(fast, model, x);
      await settle(fast, model, make);
      await expectReplays(fast, model, make);
      fast.dispose();
      x.dispose();
    }));

  for (const when of [1, 3, 5, 6, 7]) {
    it(`survives a worker that never ends schedule ${when}`, () =>
      withThreads(async (model, backend) => {
        expect(backend.heap).to.not.equal(null);
        const threads = losing(when);
        Object.assign(backend, { ownThreads: threads });
        const x = make();
        const wanted = tf.tidy(() => model(x).dataSync());
        const fast = await capture(model, x);
        for (let i = 0; i < 4; i++) {
          const y = fast.predict(x);
          expect(y.dataSync()).to.deep.equal(wanted);
          y.dispose();
        }
        expect(threads.isOver).to.equal(true);
        await settle(fast, model, make);
        await expectReplays(fast, model, make);
        fast.dispose();
        x.dispose();
      }, true));
  }
});
