import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import type { TiledCPUBackend } from '../../../../src/base.js';
import { HeapFull, makeHeap } from '../../../../src/cpu/heap.js';

describe('the heap', () => {
  it('allocates blocks that do not overlap, and reuses freed ones', () => {
    const heap = makeHeap(() => {});
    const [a, b, c] = [100, 5000, 64].map((bytes) => heap.allocate(bytes));
    expect(b - a).to.be.at.least(100);
    expect(c - b).to.be.at.least(5000);
    expect(heap.usedBytes()).to.equal(128 + 5056 + 64);
    heap.free(b);
    expect(heap.allocate(4000)).to.equal(b);
    heap.free(a);
    expect(heap.allocate(128)).to.equal(a);
  });

  it('joins a freed block with free neighbours on both sides', () => {
    const heap = makeHeap(() => {});
    const blocks = [64, 64, 64, 64].map((bytes) => heap.allocate(bytes));
    for (const i of [0, 2, 1]) heap.free(blocks[i]);
    expect(heap.allocate(192)).to.equal(blocks[0]);
    expect(() => heap.free(blocks[1])).to.throw(`no block at ${blocks[1]}`);
  });

  it('reports when it grows, and throws HeapFull when it cannot', () => {
    let grown = 0;
    const heap = makeHeap(() => grown++);
    heap.allocate(100_000);
    expect(grown).to.equal(1);
    expect(heap.memory.buffer.byteLength).to.be.at.least(100_000);
    expect(() => heap.allocate(2 ** 33)).to.throw(HeapFull);
  });
});

const t4 = (shape: [number, number, number, number], scale = 1) =>
  tf.tensor4d(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i % 17) - 8) * scale),
    shape,
  );

describe('tensors of tiled-cpu in the heap', () => {
  before(() => tf.setBackend('tiled-cpu'));
  const backend = () => tf.backend() as TiledCPUBackend;
  const used = () => backend().heap?.usedBytes() ?? 0;

  it('are kept while they are referenced, along with what was packed for them', () => {
    const before = used();
    const [x, filter] = [t4([1, 8, 8, 16]), t4([3, 3, 16, 24])];
    const y = tf.conv2d(x, filter, 1, 'same');
    const clone = y.clone();
    const withAll = used();
    expect(withAll - before).to.be.at.least(4 * (8 * 8 * (16 + 24) + 9 * 16 * 24));
    y.dispose();
    expect(used()).to.equal(withAll);
    for (const t of [clone, x, filter]) t.dispose();
    expect(used()).to.equal(before);
  });

  it('keep their values when the heap grows', () => {
    const [x, filter] = [t4([1, 4, 4, 8]), t4([1, 1, 8, 8])];
    const y = tf.conv2d(x, filter, 1, 'same');
    const values = y.dataSync();
    const bytes = backend().heap?.memory.buffer.byteLength ?? 0;
    const large = tf.relu(tf.ones([bytes / 4 + 1]));
    expect(backend().heap?.memory.buffer.byteLength).to.be.above(bytes);
    expect([...y.dataSync()]).to.deep.equal([...values]);
    expect(tf.sum(large).dataSync()[0]).to.equal(bytes / 4 + 1);
    for (const t of [x, filter, y, large]) t.dispose();
  });

  it('return values that outlive them', () => {
    const y = tf.relu(tf.tensor1d([1, -2, 3]));
    const values = y.dataSync();
    y.dispose();
    tf.relu(tf.tensor1d([7, 7, 7]));
    expect([...values]).to.deep.equal([1, 0, 3]);
  });

  it('do not share their memory with slices that stock kernels make', () => {
    const x = tf.relu(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]));
    const [first, second] = tf.unstack(x);
    x.dispose();
    tf.relu(tf.tensor2d([9, 9, 9, 9, 9, 9], [2, 3]));
    expect([...first.dataSync(), ...second.dataSync()]).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('take no more after 1000 predictions than after 2', () => {
    const filters = [t4([3, 3, 3, 8], 0.1), t4([3, 3, 8, 1], 0.1), t4([1, 1, 8, 12], 0.1)] as const;
    const image = t4([1, 12, 12, 3]);
    const predict = () =>
      tf.tidy(() => {
        const a = tf.relu6(tf.conv2d(image, filters[0], 2, 'same'));
        const b = tf.relu(tf.depthwiseConv2d(a as tf.Tensor4D, filters[1], 1, 'same'));
        const c = tf.conv2d(tf.add(a, b) as tf.Tensor4D, filters[2], 1, 'same');
        return tf.mean(tf.concat([tf.maxPool(c, 2, 2, 'valid'), tf.avgPool(c, 2, 2, 'valid')], 3));
      });
    const run = () => {
      const y = predict();
      const [value] = y.dataSync();
      y.dispose();
      return value;
    };
    const value = run();
    run();
    const state = () => [used(), backend().heap?.memory.buffer.byteLength, tf.memory().numTensors];
    const before = state();
    for (let i = 0; i < 1000; i++) expect(run()).to.equal(value);
    expect(state()).to.deep.equal(before);
    for (const t of [...filters, image]) t.dispose();
  });
});
