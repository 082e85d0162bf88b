/** Comparison of tiled-cpu's kernels with stock 'cpu', on calls given as functions. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { TiledCPUBackend } from '../../../../src/base.js';
import type { Heap } from '../../../../src/cpu/heap.js';
import { forceVariant } from '../../../../src/index.js';

type Result = tf.Tensor | tf.Tensor[];

/** Returns values in [-5.2, 5.2), of which few are equal. */
export const t = (shape: number[], seed = 1) =>
  tf.tensor(
    Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      (_, i) => (((i * 7919 + seed * 104729) % 1000) - 500) / 97,
    ),
    shape,
  );

/** Returns values among which are many of each special one: NaN only with `withNaN`. */
export const special = (shape: number[], withNaN = false) => {
  const all = [0, -0, 1e-40, -1e-40, Infinity, -Infinity, 3, -3, 3, ...(withNaN ? [NaN] : [])];
  return tf.tensor(
    Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      (_, i) => all[((i * 7919) >> 3) % all.length],
    ),
    shape,
  );
};

export const kernel = (name: string, inputs: object, attrs: object) =>
  tf.engine().runKernel(name, inputs as never, attrs as never) as never;

interface Answer {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
}

/** Runs a call on a backend, where it must leave nothing. */
async function answersOf(backend: string, work: () => Result): Promise<Answer[]> {
  await tf.setBackend(backend);
  const held = () => [
    tf.memory().numTensors,
    tf.memory().numDataBuffers,
    (tf.backend() as TiledCPUBackend).heap?.usedBytes() ?? 0,
  ];
  const before = held();
  const made = tf.tidy(() => [work()].flat());
  const answers = made.map((y) => ({ shape: y.shape, dtype: y.dtype, values: y.dataSync() }));
  tf.dispose(made);
  expect(held(), `left on ${backend}`).to.deep.equal(before);
  return answers;
}

/**
 * Expects the answer of stock 'cpu' from tiled-cpu: its bits, or values within some units of float32's
 * precision.
 */
export async function likeStock(work: () => Result, units: number): Promise<void> {
  const [stock, ours] = [await answersOf('cpu', work), await answersOf('tiled-cpu', work)];
  expect(ours.length).to.equal(stock.length);
  for (const [n, { shape, dtype, values }] of stock.entries()) {
    expect([ours[n].shape, ours[n].dtype]).to.deep.equal([shape, dtype]);
    expect(ours[n].values.length).to.equal(values.length);
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [values[i], ours[n].values[i]];
      const isClose = Math.abs(a - b) <= units * 2 ** -24 * Math.max(1, Math.abs(a));
      if (!Object.is(a, b) && !(units > 0 && isClose)) {
        expect(b, `element ${i} of [${shape}], result ${n}`).to.equal(a);
        throw new Error(`element ${i} of [${shape}] is ${b}, and not ${a}`);
      }
    }
  }
}

/** Runs `body` with every new block of the heap full of NaN, so that values that are not written show. */
export async function onUsedHeap(body: () => Promise<void>): Promise<void> {
  await tf.setBackend('tiled-cpu');
  const heap = (tf.backend() as TiledCPUBackend).heap as Heap;
  const { allocate } = heap;
  heap.allocate = (bytes) => {
    const address = allocate(bytes);
    new Float32Array(heap.memory.buffer, address, Math.ceil(bytes / 4)).fill(NaN);
    return address;
  };
  try {
    await body();
  } finally {
    heap.allocate = allocate;
  }
}

/**
 * Tests that calls give what stock 'cpu' gives, in both builds that every Node has, and leave nothing.
 * @param units distance that values may have, in units of 2^-24 of 1 or of themselves; 0 for the same bits
 */
export function describeLikeStock(
  what: string,
  calls: Readonly<Record<string, () => Result>>,
  units = 0,
): void {
  for (const build of ['simd', 'plain']) {
    describe(`${what} on tiled-cpu, ${build}, equal stock cpu:`, () => {
      before(async () => {
        await tf.setBackend('tiled-cpu');
        forceVariant(build, 'tiled-cpu');
      });
      after(() => forceVariant(null, 'tiled-cpu'));
      for (const [name, work] of Object.entries(calls)) {
        it(name, () => onUsedHeap(() => likeStock(work, units)));
      }
    });
  }
}
