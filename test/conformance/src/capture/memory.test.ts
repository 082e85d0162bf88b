/** Tests of the memory of captured models: what they hold, count, and give back. */
import { expect } from 'chai';
import { replaceCall } from '../../../../scripts/webgl/contexts.js';
import { capture, trim } from '../../../../src/index.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import { leavingNothing, tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  errorOf,
  expectReplays,
  expectSame,
  features,
  makeWeights,
  net,
  random,
  withNet,
} from './captureSupport.js';

type Memory = tf.MemoryInfo &
  Record<'numBytesInGPU' | 'numBytesInGPUAllocated' | 'numBytesInGPUFree', number>;

function counts() {
  const { numTensors, numDataBuffers, numBytes, numBytesInGPU } = tf.memory() as Memory;
  return { numTensors, numDataBuffers, numBytes, numBytesInGPU };
}

/** Counts of textures and bytes that only grow if something leaks. */
function held() {
  const backend = tiledBackend();
  const { numBytesInGPUAllocated, numBytesInGPUFree } = tf.memory() as Memory;
  const manager = backend.getTextureManager();
  return {
    ...counts(),
    numBytesInGPUAllocated,
    numBytesInGPUFree,
    planes: backend.device.planes.textures,
    setsInUse: backend.device.planes.setsInUse,
    used: manager.getNumUsedTextures(),
    free: manager.getNumFreeTextures(),
    dataIds: backend.numDataIds(),
  };
}

/** Bytes that are in use by tensors although tf.memory() does not say so. */
function unaccounted(): number {
  const { numBytesInGPU, numBytesInGPUAllocated, numBytesInGPUFree } = tf.memory() as Memory;
  return numBytesInGPUAllocated - numBytesInGPUFree - numBytesInGPU;
}

describe('capture: memory', () => {
  it('of 1,000 replays stays the same', () =>
    withNet(async (_, w) => {
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>((t) => [features(w, t), net(w, t)], x);
      const turn = () => {
        const t = random();
        tf.dispose([...fast.predict(t), t]);
      };
      for (let i = 0; i < 3; i++) turn();
      const before = held();
      for (let i = 0; i < 1000; i++) turn();
      expect(held()).to.deep.equal(before);
      expect(fast.info.replays).to.equal(1003);
      fast.dispose();
      x.dispose();
    }));

  it('is counted as for eager predictions', () =>
    withNet(async (_, w) => {
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = tf.cumsum(features(w, t), 3);
          return [y, tf.reshape(y, [-1]), tf.greater(y, 0), tf.tensor1d([1, 2])];
        });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      call(x).map((y) => y.dispose());
      const start = counts();
      const eager = call(x);
      const withEager = counts();
      tf.dispose(eager);
      expect(counts(), 'disposed of').to.deep.equal(start);
      const { replays } = fast.info;
      const outputs = fast.predict(x);
      expect(fast.info.replays).to.equal(replays + 1);
      expect(counts(), 'with outputs').to.deep.equal(withEager);
      tf.dispose(outputs);
      expect(counts(), 'disposed of').to.deep.equal(start);
      fast.dispose();
      x.dispose();
    }));

  it('of a recording is free, and is given back by dispose()', () =>
    withNet(async (model) => {
      const x = random();
      model(x).dispose();
      const y = model(x);
      await y.data();
      y.dispose();
      trim();
      const [before, others] = [counts(), unaccounted()];
      const fast = await capture(model, x);
      expect(counts().numTensors).to.equal(before.numTensors);
      expect(fast.info.bytes).to.be.above(0);
      expect(unaccounted(), 'counted neither as free nor in a tensor').to.equal(others);
      const allocated = (tf.memory() as Memory).numBytesInGPUAllocated;
      fast.dispose();
      fast.dispose();
      expect(fast.info.bytes).to.equal(0);
      expect((tf.memory() as Memory).numBytesInGPUAllocated).to.be.at.most(allocated);
      trim();
      const { planes, used } = held();
      expect({ planes, used }).to.deep.equal({ planes: 0, used: used });
      x.dispose();
    }));

  it('of recordings is bounded by the number of kinds, of which the last used are kept', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x, { kinds: 2 });
      const make = (batch: number) => () => random([batch, 9, 11, 5]);
      for (const batch of [2, 3, 4]) {
        for (let i = 0; i < 5; i++) {
          const t = make(batch)();
          await expectSame(fast, model, t);
          t.dispose();
        }
        await expectReplays(fast, model, make(batch));
        if (batch === 2) await expectReplays(fast, model, random);
        if (batch === 3) await expectReplays(fast, model, random);
        expect(fast.info.recordings).to.equal(2);
      }
      await expectReplays(fast, model, random);
      await expectReplays(fast, model, make(4));
      const { replays } = fast.info;
      const t = make(2)();
      await expectSame(fast, model, t);
      expect(fast.info.replays).to.equal(replays);
      expect(Object.values(fast.info.dropped).reduce((a, b) => a + b, 0)).to.equal(3);
      fast.dispose();
      tf.dispose([x, t]);
    }));

  it('above the limit that is set leads to eager predictions with the same bits', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      tf.env().set('TILED_GPU_BYTES_LIMIT', 0);
      try {
        for (let i = 0; i < 8; i++) {
          const t = random();
          await expectSame(fast, model, t);
          t.dispose();
        }
        expect(fast.info.recordings).to.equal(0);
      } finally {
        tf.env().set('TILED_GPU_BYTES_LIMIT', -1);
      }
      fast.dispose();
      x.dispose();
    }));

  it('that a device lacks for the outputs is found as in an eager prediction', () => {
    let [textures, limit] = [0, Number.POSITIVE_INFINITY];
    const limited = (gl: WebGL2RenderingContext) => {
      replaceCall(gl, 'createTexture', (real) => (textures < limit && ++textures ? real() : null));
      replaceCall(gl, 'deleteTexture', (real, [texture]) => {
        textures--;
        return real(texture);
      });
    };
    return onOwnBackend('tiled-small-capture', limited, async (backend) => {
      const w = makeWeights();
      const x = random([1, 48, 48, 5]);
      const model = (t: tf.Tensor) => tf.tidy(() => tf.cumsum(features(w, t), 3));
      const read = (y: tf.Tensor) => {
        const bits = bitsOf(y.dataSync());
        y.dispose();
        return bits;
      };
      const expected = read(model(x));
      const fast = await capture(model, x);
      const room = () => {
        limit = Number.POSITIVE_INFINITY;
        model(x).dispose();
        backend.device.memory.free.delete();
        limit = textures;
      };
      room();
      expect(read(model(x)), 'eager').to.deep.equal(expected);
      limit = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 6; i++) await expectSame(fast, model, x);
      expect(fast.info.captured).to.equal(true);
      room();
      expect(read(fast.predict(x)), 'captured').to.deep.equal(expected);
      limit = Number.POSITIVE_INFINITY;
      fast.dispose();
      tf.dispose([x, w.filter, w.bias]);
    });
  });

  it('of a model that throws while it is captured is given back', () =>
    leavingNothing(async () => {
      const w = makeWeights();
      const x = random();
      let calls = 0;
      const call = (t: tf.Tensor) => {
        if (++calls === 5) throw new Error('out of order');
        return net(w, t);
      };
      expect(await errorOf(() => capture(call, x))).to.equal('out of order');
      const { all } = tiledBackend().captures as unknown as { all: Set<object> };
      expect(all.size, 'recordings').to.equal(0);
      tf.dispose([x, w.filter, w.bias]);
    }));
});
