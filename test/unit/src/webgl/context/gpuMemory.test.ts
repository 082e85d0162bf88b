/** Tests of textures kept for reuse, ours and stock's, in a context that only counts them. */
import { env } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../../src/index.js';
import { type FakeTextures, fakeTextures } from '../../../../support/fakeTextures.js';

const KB = 1000;

/** Acquires planes of this many texels, as a kernel does, and releases them. */
function usePlanes({ pool }: FakeTextures, width: number, height: number, planes = 4): void {
  pool.release(pool.acquire(planes, width, height));
}

function useStock(textures: FakeTextures, rows: number, columns: number): void {
  const texture = textures.acquireStock(rows, columns);
  textures.stock.releaseTexture(texture, [rows, columns], null, false);
}

/** Expects `memory` to report the textures that exist. */
function expectCounted({ memory, pool, stock, live }: FakeTextures): void {
  expect(memory.bytes).to.equal(pool.bytesAllocated + stock._numBytesAllocated);
  expect(memory.free.bytes).to.equal(pool.bytesFree + stock._numBytesFree);
  const stockFree = Object.values(stock.freeTextures ?? {}).flat().length;
  expect(stock.numFreeTextures).to.equal(stockFree);
  if (pool.setsInUse === 0) expect(live()).to.equal(pool.textures + stockFree);
}

describe('textures that are kept for reuse', () => {
  afterEach(() => {
    env().set('TILED_GPU_BYTES_LIMIT', -1);
    env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', -1);
  });

  it('stay within the bound for any number of sizes', () => {
    const textures = fakeTextures(500 * KB);
    const { memory, pool } = textures;
    for (let i = 0; i < 300; i++) {
      // One side is more than four times as large as in earlier sets, so none of them is reused.
      const set = pool.acquire(4, 10 + i, 10 + ((i * 37) % 211));
      useStock(textures, 20 + i, 40);
      pool.release(set);
      expect(memory.bytes, `size ${i}`).to.be.at.most(
        Math.max(500 * KB, 2.5 * (4 * 16 * 320 * 230 + 320 * 40 * 4)),
      );
      expectCounted(textures);
    }
    expect(memory.bytes).to.be.above(250 * KB);
    // Stock has one list for each size that is kept, not for each size that ever was.
    expect(Object.keys(textures.stock.freeTextures ?? {}).length).to.be.below(100);
  });

  it('are deleted in the order in which they were released, planes and stock textures alike', () => {
    const textures = fakeTextures(400 * KB);
    const { memory, pool } = textures;
    // About 64 KB each; there is no side of 64 because sides that are powers of two grow by a
    // texel.
    const sizes = [61, 62, 63, 65];
    const kept = sizes.map((side) => {
      const set = pool.acquire(1, side, side);
      pool.release(set);
      useStock(textures, 100, side);
      return set;
    });
    usePlanes(textures, 61, 61, 1);
    const { setsMade } = pool;
    expect(setsMade, 'used again').to.equal(sizes.length);
    // Leaves room for one more of our sets: the first stock texture and the second set have been
    // free longest.
    memory.use(400 * KB - memory.bytes + 25 * KB);
    expect(Object.keys(textures.stock.freeTextures ?? {})).to.deep.equal([
      '100_62',
      '100_63',
      '100_65',
    ]);
    memory.use(400 * KB - memory.bytes + 1 * KB);
    expectCounted(textures);
    for (const [i, side] of sizes.entries()) {
      const set = pool.acquire(1, side, side);
      expect(set.textures === kept[i].textures, `${side}`).to.equal(side !== 62);
      pool.release(set);
    }
    expect(pool.setsMade).to.equal(setsMade + 1);
  });

  it('are all reused by a steady net, and by two nets in turn', () => {
    const textures = fakeTextures(0);
    const { pool, clock, memory } = textures;
    const net = (sides: number[]) => {
      for (const side of sides) {
        const [x, y] = [pool.acquire(4, side, side), pool.acquire(4, side, side)];
        useStock(textures, side, side);
        clock.pass(700);
        pool.release(x);
        pool.release(y);
      }
      memory.noteRead();
    };
    const both = () => {
      net([100, 50, 25]);
      net([80, 40]);
    };
    both();
    const made = pool.setsMade;
    const stock = textures.stock._numBytesAllocated;
    for (let i = 0; i < 50; i++) both();
    expect(pool.setsMade).to.equal(made);
    expect(textures.stock._numBytesAllocated).to.equal(stock);
  });

  it('are deleted when a smaller net has run for a while', () => {
    const textures = fakeTextures(0);
    const { clock, memory, pool } = textures;
    const large = [pool.acquire(8, 200, 200), pool.acquire(8, 200, 200)];
    for (const set of large) pool.release(set);
    const bytes = memory.bytes;
    for (let i = 0; i < 12; i++) {
      usePlanes(textures, 20, 20);
      memory.noteRead();
      if (i < 5) expect(memory.bytes, `second ${i}`).to.be.at.least(bytes);
      clock.pass(1000);
    }
    usePlanes(textures, 20, 20);
    memory.noteRead();
    expect(memory.bytes).to.be.at.most(2.5 * 4 * 16 * 21 * 21);
    expectCounted(textures);
  });

  it('are deleted when nothing has run for some seconds, but not during a read', () => {
    const textures = fakeTextures(1e9);
    const { clock, memory, pool, state } = textures;
    const used = pool.acquire(4, 30, 30);
    usePlanes(textures, 100, 100);
    useStock(textures, 100, 100);
    state.isReading = true;
    clock.pass(60_000);
    expect(memory.free.bytes).to.be.above(0);
    state.isReading = false;
    clock.pass(10_000);
    expect(memory.free.bytes).to.equal(0);
    expect(memory.bytes).to.equal(4 * 16 * 30 * 30);
    expect(clock.timers).to.equal(0);
    pool.release(used);
    clock.pass(10_000);
    expect(memory.bytes).to.equal(0);
    expectCounted(textures);
  });

  it('are not deleted in a lost context, but forgotten with it', () => {
    const textures = fakeTextures(1e9);
    const { clock, memory, pool, state } = textures;
    usePlanes(textures, 100, 100);
    state.isLost = true;
    const { bytes } = memory;
    clock.pass(60_000);
    expect(memory.bytes).to.equal(bytes);
    expect(clock.timers).to.equal(0);
    usePlanes(textures, 100, 100);
    memory.end();
    pool.dispose();
    memory.free.delete();
    expect(clock.timers).to.equal(0);
    expect(pool.bytesAllocated).to.equal(0);
  });

  it("obey the user's limit whatever was in use", () => {
    const textures = fakeTextures(1e9);
    const { memory, pool } = textures;
    env().set('TILED_GPU_BYTES_LIMIT', 300 * KB);
    for (let i = 0; i < 20; i++) {
      usePlanes(textures, 40 + i, 41 + i, 2);
      useStock(textures, 50 + i, 50);
      expect(memory.bytes).to.be.at.most(300 * KB);
    }
    expect(memory.isOverLimit).to.equal(false);
    const large = pool.acquire(8, 100, 100);
    expect(memory.isOverLimit, 'what is asked for is given').to.equal(true);
    expect(memory.free.bytes).to.equal(0);
    pool.release(large);
    expect(memory.bytes).to.equal(0);
    expect(() => env().set('TILED_GPU_BYTES_LIMIT', Number.NaN)).to.throw(
      /-1 or a number of bytes/,
    );
    usePlanes(textures, 40, 40);
    expect(memory.free.bytes, 'as without a limit').to.be.above(0);
    // More than the default would keep.
    env().set('TILED_GPU_BYTES_LIMIT', 1e12);
    const small = fakeTextures(0);
    for (let i = 0; i < 20; i++) useStock(small, 50 + i, 50);
    expect(small.stock.numFreeTextures).to.equal(20);
    expectCounted(textures);
    expectCounted(small);
  });

  it("are not kept above stock's threshold", () => {
    const textures = fakeTextures(1e9);
    usePlanes(textures, 40, 40);
    env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', 0);
    usePlanes(textures, 60, 60, 8);
    useStock(textures, 50, 50);
    expect(textures.stock.numFreeTextures).to.equal(0);
    expect(textures.memory.bytes, 'what was kept before').to.equal(4 * 16 * 40 * 40);
    expectCounted(textures);
  });
});
