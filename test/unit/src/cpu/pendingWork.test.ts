/** Tests of work that is done later, together with the element-wise kernels that follow. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { PendingWork } from '../../../../src/cpu/pendingWork.js';
import { type TiledCPUBackend, trim } from '../../../../src/index.js';

/** Returns pending work that notes what it does and frees. */
function noting() {
  const notes: string[] = [];
  const pending = new PendingWork((address) => notes.push(`free ${address}`));
  const add = (y: number, whole: number[] = [], length = 8192) =>
    pending.add({
      ...{ length, grain: 1, y, whole },
      run: (from, count) => notes.push(`${y}: ${from} to ${from + count}`),
    });
  return { notes, pending, add };
}

describe('pending work', () => {
  it('is done part by part with the work that follows it', () => {
    const { notes, pending, add } = noting();
    add(1);
    add(2);
    expect(notes).to.deep.equal([]);
    pending.flush();
    const parts = ['1: 0 to 4096', '2: 0 to 4096', '1: 4096 to 8192', '2: 4096 to 8192'];
    expect(notes).to.deep.equal(parts);
    pending.flush();
    expect(notes).to.deep.equal(parts);
  });

  it('is done before work that reads its result as a whole, or has another length', () => {
    const { notes, add } = noting();
    add(1);
    add(2, [1]);
    expect(notes).to.deep.equal(['1: 0 to 8192']);
    add(3, [], 5);
    expect(notes).to.deep.equal(['1: 0 to 8192', '2: 0 to 8192']);
  });

  it('keeps blocks until it is done', () => {
    const { notes, pending, add } = noting();
    pending.free(9);
    expect(notes.splice(0)).to.deep.equal(['free 9']);
    add(1);
    add(2);
    pending.free(1);
    pending.free(7);
    expect(notes).to.deep.equal([]);
    expect(pending.flush()).to.equal(true);
    expect(notes.slice(-2)).to.deep.equal(['free 1', 'free 7']);
  });

  it('is forgotten when its results are not needed any more', () => {
    const { notes, pending, add } = noting();
    add(1);
    add(2);
    pending.free(1);
    pending.free(2);
    expect(notes).to.deep.equal(['free 1', 'free 2']);
    expect(pending.flush()).to.equal(false);
  });

  it('makes room if it keeps blocks', () => {
    const { pending, add } = noting();
    let isFull = true;
    const allocate = () => {
      if (isFull) throw new Error('full');
      return 3;
    };
    add(1);
    expect(() => pending.withRoom(allocate)).to.throw('full');
    add(1);
    add(2);
    pending.free(1);
    const afterwards = () => {
      if (!pending.writes(2)) isFull = false;
      return allocate();
    };
    expect(pending.withRoom(afterwards)).to.equal(3);
  });
});

describe('kernels of tiled-cpu that are done later', () => {
  const backend = () => tf.backend() as TiledCPUBackend;
  const usedBytes = () => backend().heap?.usedBytes();
  const shape = [1, 9, 8, 6] as [number, number, number, number];
  const values = (sizes: number[], seed: number) =>
    tf.randomUniform<tf.Rank>(sizes, -4, 4, 'float32', seed) as tf.Tensor4D;
  /** Returns a convolution with all kinds of element-wise kernels after it. */
  const layer = (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
    tf.tidy(() => {
      const y = tf.conv2d(x, filter, 1, 'same');
      const silu = tf.mul(y, tf.sigmoid(y));
      const swish = tf.mul(silu, tf.div(tf.relu6(tf.add(silu, 3)), 6));
      return tf.where(tf.greater(swish, 0.5), tf.add(swish, bias), tf.add(y, x)) as tf.Tensor4D;
    });
  let inputs: [tf.Tensor4D, tf.Tensor4D, tf.Tensor];
  let expected: Float32Array;

  before(async () => {
    await tf.setBackend('cpu');
    const given = [values(shape, 1), values([3, 3, 6, 6], 2), values([6], 3)] as const;
    const all = given.map((t) => t.dataSync());
    const y = layer(given[0], given[1], given[2]);
    expected = y.dataSync<'float32'>();
    tf.dispose([...given, y]);
    await tf.setBackend('tiled-cpu');
    inputs = [tf.tensor4d(all[0], shape), tf.tensor4d(all[1], [3, 3, 6, 6]), tf.tensor1d(all[2])];
  });

  after(() => tf.dispose(inputs));

  const expectNear = (y: tf.Tensor) => {
    for (const [i, value] of y.dataSync().entries()) expect(value).to.be.closeTo(expected[i], 1e-4);
  };

  it('give what stock gives, and leave no block', () => {
    tf.dispose(layer(...inputs));
    const [{ numTensors }, used] = [tf.memory(), usedBytes()];
    const y = layer(...inputs);
    expectNear(y);
    y.dispose();
    expect(usedBytes()).to.equal(used);
    tf.dispose(layer(...inputs));
    expect(usedBytes()).to.equal(used);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('are done before a stock kernel, another backend or a microtask reads', async () => {
    const read = [
      (y: tf.Tensor) => tf.cumsum(y, 3),
      (y: tf.Tensor) => tf.topk(y, 3).values,
      (y: tf.Tensor) => tf.sum(y, 3),
      (y: tf.Tensor) => tf.concat([y, y], 2),
      (y: tf.Tensor) => tf.reshape(y, [72, 6]),
      (y: tf.Tensor) => tf.cast(tf.cast(y, 'int32'), 'float32'),
    ];
    for (const f of read) {
      const [late, early] = [true, false].map((isLate) =>
        tf.tidy(() => {
          const y = tf.relu(layer(...inputs));
          if (!isLate) y.dataSync();
          return f(y).dataSync();
        }),
      );
      expect(late).to.deep.equal(early);
    }
    const y = layer(...inputs);
    const copy = await y.data();
    await tf.setBackend('cpu');
    const onStock = tf.add(y, 0);
    expect(onStock.dataSync()).to.deep.equal(copy);
    await tf.setBackend('tiled-cpu');
    tf.dispose([y, onStock]);
  });

  it('are done when the heap moves, and when tf.time() ends', async () => {
    const big = tf.zeros([1 << 20]);
    const y = tf.relu(big);
    big.dispose();
    const z = layer(...inputs);
    y.dispose();
    trim();
    expectNear(z);
    z.dispose();
    let made: tf.Tensor | null = null;
    let wasDone = false;
    const { flush } = backend();
    backend().flush = () => {
      wasDone = made !== null;
      flush.call(backend());
    };
    await tf.time(() => {
      made = layer(...inputs);
    });
    backend().flush = flush;
    expect(wasDone).to.equal(true);
    tf.dispose(made as unknown as tf.Tensor);
  });
});
