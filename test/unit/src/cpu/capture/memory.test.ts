/** Tests of the memory of captured models on tiled-cpu: what they hold, need, and give back. */
import { expect } from 'chai';
import { type Heap, HeapFull } from '../../../../../src/cpu/heap.js';
import { capture, TiledCPUBackend, trim } from '../../../../../src/index.js';
import {
  checked,
  errorOf,
  expectEqual,
  expectReplays,
  expectSame,
  features,
  net,
  random,
  settle,
} from '../../../../conformance/src/capture/captureSupport.js';
import { type FakeClock, fakeClock } from '../../../../support/fakeClock.js';
import { tf } from '../../../../support/setup.js';
import {
  cpuBackend,
  expectRecordedAnew,
  held,
  type Model,
  name,
  reasonsOf,
  recordings,
  withNet,
} from './cpuCaptureSupport.js';

const own = 'tiled-cpu-capture';

/** Runs `body` with a net on a new backend that may always hold 100 kB; it must leave nothing. */
async function onOwn(
  body: (
    model: Model,
    backend: TiledCPUBackend,
    clock: FakeClock,
    weights: Parameters<typeof features>[0],
  ) => Promise<void>,
): Promise<void> {
  const clock = fakeClock();
  tf.registerBackend(own, () => new TiledCPUBackend('of a test', { clock, leastBytes: 1e5 }), 0);
  try {
    await withNet(
      (model, weights) => body(model, tf.backend() as TiledCPUBackend, clock, weights),
      own,
    );
  } finally {
    await tf.setBackend(name);
    tf.removeBackend(own);
  }
}

/** Makes calls of `allocate` fail, by their number from now on. */
function failing(backend: TiledCPUBackend, fails: (call: number) => boolean): () => void {
  const heap = backend.heap as Heap;
  const { allocate } = heap;
  let calls = 0;
  heap.allocate = (bytes) => {
    if (fails(++calls)) throw new HeapFull(`no room for ${bytes} bytes, says a test`);
    return allocate(bytes);
  };
  return () => {
    heap.allocate = allocate;
  };
}

describe('capture on tiled-cpu: memory', () => {
  before(() => tf.copyRegisteredKernels(name, own));

  after(() => {
    for (const { kernelName } of tf.getKernelsForBackend(own)) tf.unregisterKernel(kernelName, own);
  });

  it('of 1,000 replays stays the same', () =>
    withNet(async (model, w) => {
      const x = random();
      const call = (t: tf.Tensor) => tf.tidy(() => [features(w, t), model(t), tf.argMax(t, 3)]);
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const turn = () => {
        const t = random();
        tf.dispose([...fast.predict(t), t]);
      };
      for (let i = 0; i < 3; i++) turn();
      const [before, { heapBytes }] = [held(), cpuBackend()];
      for (let i = 0; i < 1000; i++) turn();
      expect(held()).to.deep.equal(before);
      expect(cpuBackend().heapBytes).to.equal(heapBytes);
      expect(fast.info).to.include({ replays: 1003, recordings: 1 });
      await expectReplays(fast, call, random);
      fast.dispose();
      x.dispose();
    }));

  it('of a recording made anew 50 times stays the same', () =>
    withNet(async (model) => {
      const scale = tf.tidy(() => tf.variable(tf.scalar(1)));
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale));
      const x = random();
      const fast = await capture(call, x);
      let before: ReturnType<typeof held> | null = null;
      for (let i = 0; i < 50; i++) {
        tf.tidy(() => scale.assign(tf.scalar(i)));
        await settle(fast, call, random);
        await expectReplays(fast, call, random, 1);
        before ??= held();
        expect(held()).to.deep.equal(before);
      }
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('of a recording is what its report says, and is given back by dispose()', () =>
    withNet(async (model) => {
      const x = random();
      model(x).dispose();
      const before = held();
      const fast = await capture(model, x);
      const { bytes } = fast.info;
      expect(bytes).to.be.above(0);
      // Each block is as long as the next multiple of 64.
      const { numTensors, numDataBuffers, numBytes, usedBytes } = held();
      expect(usedBytes - before.usedBytes).to.be.within(bytes, bytes + 64 * 20);
      expect({ ...before, numTensors, numDataBuffers, numBytes }).to.deep.equal(before);
      fast.dispose();
      fast.dispose();
      expect(fast.info.bytes).to.equal(0);
      expect(held()).to.deep.equal(before);
      x.dispose();
    }));

  for (const way of ['disposes of each layer', 'keeps all layers until it ends'] as const) {
    it(`of a recording is used again from layer to layer, if the model ${way}`, () =>
      withNet(async () => {
        const filter = random([3, 3, 5, 5]);
        const layer = (y: tf.Tensor) => tf.conv2d(y as tf.Tensor4D, filter, 1, 'same');
        const disposing = (t: tf.Tensor) => {
          let y: tf.Tensor = t.clone();
          for (let i = 0; i < 12; i++) {
            const z = layer(y);
            y.dispose();
            y = z;
          }
          return y;
        };
        const tidying = (t: tf.Tensor) =>
          tf.tidy(() => Array.from({ length: 12 }).reduce<tf.Tensor>((y) => layer(y), t));
        const model = way === 'disposes of each layer' ? disposing : tidying;
        const make = () => random([1, 80, 80, 5]);
        const x = make();
        const fast = await capture<tf.Tensor>(model, x);
        const bytes = 80 * 80 * 5 * 4;
        expect(fast.info.bytes).to.be.within(2 * bytes, 6 * bytes);
        await expectReplays(fast, model, make);
        fast.dispose();
        tf.dispose([x, filter]);
      }));
  }

  it('of a model that throws while it is captured is given back', () =>
    withNet(async (model) => {
      for (let nth = 1; nth < 6; nth++) {
        const x = random();
        // Weights are packed once, for all.
        model(x).dispose();
        let calls = 0;
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = model(t);
            if (++calls === nth) throw new Error('out of order');
            return tf.cumsum(y, 1);
          });
        const before = held();
        const fast = await capture<tf.Tensor>(call, x).catch((error: Error) => error.message);
        if (typeof fast === 'string') expect(fast).to.equal('out of order');
        else fast.dispose();
        expect(held(), `call ${nth}`).to.deep.equal(before);
        x.dispose();
      }
    }));

  it('may grow between replays', () =>
    withNet(async (model, w) => {
      const x = random();
      const call = (t: tf.Tensor) => tf.tidy(() => [model(t), features(w, t)]);
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const kept: tf.Tensor[] = [];
      const { heapBytes } = cpuBackend();
      for (let i = 0; i < 4; i++) {
        const values = tf.ones([cpuBackend().heapBytes / 4]);
        kept.push(tf.relu(values));
        values.dispose();
        await expectReplays(fast, call, random, 1);
      }
      expect(cpuBackend().heapBytes).to.be.above(4 * heapBytes);
      fast.dispose();
      tf.dispose([x, ...kept]);
    }));

  it('that grows in a replay is that of its outputs', () =>
    onOwn(async (model, backend, _, w) => {
      const x = random([1, 40, 40, 5]);
      const call = (t: tf.Tensor) => tf.tidy(() => [features(w, t), model(t), tf.neg(t)]);
      const make = () => random([1, 40, 40, 5]);
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const kept: [tf.Tensor[], tf.Tensor[]][] = [];
      const { heapBytes } = backend;
      while (backend.heapBytes < 4 * heapBytes) {
        const t = make();
        kept.push([fast.predict(t), call(t)]);
        t.dispose();
      }
      expect(fast.info.replays).to.equal(kept.length);
      for (const [found, expected] of kept) {
        for (const [i, y] of found.entries()) expectEqual(y, expected[i]);
      }
      fast.dispose();
      x.dispose();
    }));

  it('that moves when nothing has run for some seconds ends the recording, and not its outputs', () =>
    onOwn(async (model, backend, clock) => {
      const x = random();
      const fast = await capture(model, x);
      for (let i = 0; i < 3; i++) {
        await expectReplays(fast, model, random);
        const [found, expected] = [fast.predict(x), model(x)];
        tf.tidy(() => void tf.relu(tf.ones([1e6])));
        const { heap } = backend;
        clock.pass(20_000);
        expect(backend.heap).to.not.equal(heap);
        expect(fast.info).to.include({ captured: false, bytes: 0 });
        expectEqual(found, expected);
        await expectRecordedAnew(fast, model);
      }
      expect(reasonsOf(fast)).to.equal('the heap was moved');
      fast.dispose();
      x.dispose();
    }));

  it('that is trimmed while recordings wait for their checks is used by none of them', () =>
    onOwn(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      for (let i = 0; i < 12; i++) {
        const t = random([2, 9, 11, 5]);
        const [found, expected] = [fast.predict(t), model(t)];
        if (i % 4 === 2) trim(own);
        const others = [model(x), model(t)];
        await checked(fast);
        expectEqual(found, expected);
        tf.dispose([t, ...others]);
      }
      fast.dispose();
      x.dispose();
    }));

  describe('that is full', () => {
    for (const output of [1, 2, 3]) {
      it(`when output ${output} of a replay is made leads to an eager prediction, and leaves nothing`, () =>
        onOwn(async (model, backend, _, w) => {
          const x = random();
          const call = (t: tf.Tensor) =>
            tf.tidy(() => [features(w, t), tf.cumsum(features(w, t), 1), model(t), tf.relu(t)]);
          const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
          const before = held();
          const back = failing(backend, (n) => n === output);
          const found = fast.predict(x);
          back();
          const expected = call(x);
          for (const [i, y] of found.entries()) expectEqual(y, expected[i]);
          expect(fast.info.replays).to.equal(0);
          expect(reasonsOf(fast)).to.match(/no room/);
          const { bytes } = fast.info;
          expect(bytes).to.equal(0);
          await settle(fast, call, random);
          await expectReplays(fast, call, random);
          expect({ ...held(), usedBytes: 0 }).to.deep.equal({ ...before, usedBytes: 0 });
          fast.dispose();
          x.dispose();
        }));
    }

    it('at any one allocation while a model is captured harms no prediction', () =>
      onOwn(async (_, backend, __, w) => {
        const model = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = tf.add(features(w, t), 1);
            const z = tf.mul(tf.maxPool(y as tf.Tensor4D, 3, 1, 'same'), y);
            return [tf.cumsum(z, 1), tf.relu(tf.sub(z, 2))];
          });
        const x = random();
        let most = 0;
        const count = failing(backend, (n) => {
          most = n;
          return false;
        });
        (await capture<tf.Tensor, tf.Tensor[]>(model, x)).dispose();
        count();
        expect(most).to.be.above(40);
        for (let nth = 1; nth <= most; nth++) {
          const before = held();
          const back = failing(backend, (n) => n === nth);
          const fast = await capture<tf.Tensor, tf.Tensor[]>(model, x);
          back();
          for (let i = 0; i < 3; i++) {
            const t = random();
            await expectSame(fast, model, t);
            t.dispose();
          }
          // Room that was short once is no reason to record nothing.
          await settle(fast, model, random);
          await expectReplays(fast, model, random, 1);
          fast.dispose();
          expect({ ...held(), usedBytes: 0 }, `${nth}`).to.deep.equal({ ...before, usedBytes: 0 });
        }
        x.dispose();
      }));

    it('for good leads to eager predictions, without any recording', () =>
      onOwn(async (model, backend) => {
        const x = random();
        const wanted = tf.tidy(() => model(x).dataSync());
        const back = failing(backend, () => true);
        const fast = await capture(model, x);
        for (let i = 0; i < 6; i++) {
          await expectSame(fast, model, x);
          const y = fast.predict(x);
          for (const [j, value] of y.dataSync().entries()) {
            expect(value).to.be.closeTo(wanted[j], 1e-3 * (1 + Math.abs(wanted[j])));
          }
          y.dispose();
        }
        expect(recordings().size).to.equal(0);
        back();
        for (let i = 0; i < 60 && !fast.info.captured; i++) {
          fast.predict(x).dispose();
          await checked(fast);
        }
        await expectReplays(fast, model, random);
        fast.dispose();
        x.dispose();
      }));

    it('is an error that a replay does not hide, where eager predictions have it too', () =>
      onOwn(async (model) => {
        const x = random();
        let fails = false;
        const call = (t: tf.Tensor) => {
          if (fails) throw new HeapFull('no room, says a test');
          return model(t);
        };
        const fast = await capture<tf.Tensor>(call, x);
        fails = true;
        await expectReplays(fast, model, random);
        trim(own);
        expect(await errorOf(() => fast.predict(x))).to.match(/no room/);
        fails = false;
        await settle(fast, model, random);
        fast.dispose();
        x.dispose();
      }));
  });

  it('is held by the kinds of inputs that were used last', () =>
    withNet(async (_, w) => {
      const model = (t: tf.Tensor) => net(w, t);
      const x = random();
      const fast = await capture(model, x, { kinds: 2 });
      const { usedBytes } = held();
      for (let batch = 2; batch < 8; batch++) {
        await settle(fast, model, () => random([batch, 9, 11, 5]));
        expect(recordings().size).to.equal(2);
      }
      const make = (batch: number) => () => random([batch, 9, 11, 5]);
      await expectReplays(fast, model, make(6), 1);
      await settle(fast, model, make(2));
      await expectReplays(fast, model, make(6), 1);
      fast.dispose();
      expect(held().usedBytes).to.be.below(usedBytes);
      x.dispose();
    }));
});
