import { expect } from 'chai';
import { Pins } from '../../../../../src/engine/pins.js';
import { FreeTextures, type TextureMemory } from '../../../../../src/webgl/device/freeTextures.js';
import { OutOfMemory, takeErrors } from '../../../../../src/webgl/device/memory.js';
import { WEIGHTS_BINDING, WeightBuffers } from '../../../../../src/webgl/device/weightBuffers.js';

interface FakeBuffer {
  bytes?: number;
  content?: readonly number[];
}

/** Context that keeps what its uniform buffers hold, and notes each binding of a range. */
function contextOf() {
  const live = new Set<FakeBuffer>();
  const seen = {
    live,
    ranges: [] as (readonly [index: number, buffer: object, offset: number, size: number])[],
    resources: 0,
    peaks: 0,
    /** Bytes that were asked for, in the order of the requests. */
    asked: [] as number[],
    /** Number of allocations that the device refuses from now on. */
    refusals: 0,
    givesBuffers: true,
    error: 0,
  };
  let target: FakeBuffer | null = null;
  const gl = {
    NO_ERROR: 0,
    INVALID_VALUE: 1281,
    OUT_OF_MEMORY: 1285,
    UNIFORM_BUFFER: 'uniform',
    STATIC_DRAW: 'static',
    createBuffer: () => {
      if (!seen.givesBuffers) return null;
      const buffer = {};
      live.add(buffer);
      return buffer;
    },
    bindBuffer: (kind: string, buffer: FakeBuffer) => {
      expect(kind).to.equal('uniform');
      target = buffer;
    },
    bufferData: (_: string, bytes: number) => {
      if (seen.refusals > 0) {
        seen.refusals--;
        seen.error = 1285;
      } else target!.bytes = bytes;
    },
    bufferSubData: (_: string, offset: number, texels: Float32Array) => {
      expect(offset + texels.byteLength).to.be.at.most(target!.bytes!);
      target!.content = [...texels];
    },
    bindBufferRange: (
      _: string,
      index: number,
      buffer: FakeBuffer,
      offset: number,
      size: number,
    ) => {
      expect(live.has(buffer)).to.equal(true);
      expect(offset + size).to.be.at.most(buffer.bytes!);
      seen.ranges.push([index, buffer, offset, size]);
    },
    getError: () => {
      const taken = seen.error;
      seen.error = 0;
      return taken;
    },
    deleteBuffer: (buffer: FakeBuffer) => void live.delete(buffer),
  };
  const free = new FreeTextures();
  const pins = new Pins();
  const memory = {
    free,
    pins,
    use: (bytes: number) => void seen.asked.push(bytes),
    notePeak: () => void seen.peaks++,
  } as unknown as TextureMemory;
  const context = gl as unknown as WebGL2RenderingContext;
  const buffers = new WeightBuffers(context, memory, () => void seen.resources++);
  return { seen, gl: context, buffers, free, pins };
}

/** A draw sees `size` bytes, the weights of one group, and the next group's are `stride` bytes on. */
const part = (stride: number, size: number) => ({ stride, size, groups: 1 });

/** Returns the weights of 3 groups of 4 texels. */
const threeGroups = () => Float32Array.from({ length: 3 * 16 }, (_, i) => i);

describe('buffers of weights', () => {
  it('hold the weights of all groups, and a whole block after the start of the last one', () => {
    const { buffers, seen } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 256));
    const buffer = block.buffer as FakeBuffer;
    expect(block).to.include({ stride: 64, size: 256 });
    expect(buffer.bytes).to.equal(2 * 64 + 256);
    expect(buffer.content).to.deep.equal([...threeGroups()]);
    const narrow = buffers.make(threeGroups(), part(64, 48));
    expect((narrow.buffer as FakeBuffer).bytes).to.equal(3 * 64);
    expect(seen.asked).to.deep.equal([384, 192]);
    expect(buffers.bytesAllocated).to.equal(384 + 192);
    expect(buffers.count).to.equal(2);
    expect([seen.resources, seen.peaks]).to.deep.equal([2, 2]);
  });

  it('are seen by the draws of a body alone, as it binds them', () => {
    const { buffers, seen } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    expect(buffers.current).to.equal(null);
    buffers.during((bind) => {
      expect(buffers.current).to.equal(null);
      const last = { block, offset: 128 };
      bind(last);
      expect(buffers.current).to.equal(last);
    });
    expect(buffers.current).to.equal(null);
    expect(seen.ranges).to.deep.equal([[WEIGHTS_BINDING, block.buffer, 128, 64]]);
    const fails = () =>
      buffers.during((bind) => {
        bind({ block, offset: 0 });
        throw new Error('no draw');
      });
    expect(fails).to.throw('no draw');
    expect(buffers.current).to.equal(null);
  });

  it('are bound only if the draw before saw other ones', () => {
    const { buffers, seen } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    const other = buffers.make(threeGroups(), part(64, 64));
    const offsets = [0, 0, 64, 64, 0];
    for (const offset of offsets) buffers.bind({ block, offset });
    buffers.during((bind) => bind({ block, offset: 0 }));
    expect(seen.ranges.map(([, , offset]) => offset)).to.deep.equal([0, 64, 0]);
    buffers.bind({ block: other, offset: 0 });
    buffers.bind({ block: other, offset: 0 });
    expect(seen.ranges.slice(3)).to.deep.equal([[WEIGHTS_BINDING, other.buffer, 0, 64]]);
  });

  it('are not seen by draws after steps that were made again, which bind them as well', () => {
    const { buffers } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    buffers.bind({ block, offset: 0 });
    expect(buffers.current).to.equal(null);
  });

  it('are seen by a draw even if they were bound before', () => {
    const { buffers } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    buffers.bind({ block, offset: 0 });
    buffers.during((bind) => {
      const again = { block, offset: 0 };
      bind(again);
      expect(buffers.current).to.equal(again);
    });
  });

  it('are deleted when they are released, once, and whoever watches them is told', () => {
    const { buffers, seen, pins } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    const kept = buffers.make(threeGroups(), part(64, 128));
    let told = 0;
    pins.watch(block, () => {
      told++;
      expect(seen.live.has(block.buffer), 'before it is deleted').to.equal(true);
    });
    pins.watch(kept, () => expect.fail('the other one was not released'));
    buffers.release(block);
    buffers.release(block);
    expect(told).to.equal(1);
    expect([...seen.live]).to.deep.equal([kept.buffer]);
    expect([buffers.count, buffers.bytesAllocated]).to.deep.equal([1, 256]);
    buffers.release({ ...part(64, 64), buffer: {} });
    expect([buffers.count, seen.live.size]).to.deep.equal([1, 1]);
  });

  it('are bound again after a release of those that were bound', () => {
    const { buffers, seen } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    const kept = buffers.make(threeGroups(), part(64, 64));
    buffers.bind({ block: kept, offset: 0 });
    buffers.release(block);
    buffers.bind({ block: kept, offset: 0 });
    expect(seen.ranges, 'others were released').to.have.length(1);
    buffers.release(kept);
    expect(() => buffers.bind({ block: kept, offset: 0 }), 'a deleted buffer').to.throw();
    const next = buffers.make(threeGroups(), part(64, 64));
    buffers.bind({ block: next, offset: 0 });
    expect(seen.ranges.at(-1)![1]).to.equal(next.buffer);
  });

  it('are all deleted with their context', () => {
    const { buffers, seen } = contextOf();
    const block = buffers.make(threeGroups(), part(64, 64));
    buffers.make(threeGroups(), part(64, 64));
    buffers.bind({ block, offset: 0 });
    buffers.dispose();
    expect(seen.live.size).to.equal(0);
    expect([buffers.count, buffers.bytesAllocated]).to.deep.equal([0, 0]);
    buffers.release(block);
    expect(buffers.bytesAllocated).to.equal(0);
  });

  it('are asked for again without free textures when there is no memory', () => {
    const { buffers, seen, free } = contextOf();
    let removed = 0;
    free.add({}, 100, () => void removed++);
    const block = buffers.make(threeGroups(), part(64, 64));
    expect(removed, 'while there is memory').to.equal(0);
    seen.refusals = 1;
    const second = buffers.make(threeGroups(), part(64, 64));
    expect(removed).to.equal(1);
    expect((second.buffer as FakeBuffer).content).to.deep.equal([...threeGroups()]);
    expect([...seen.live]).to.deep.equal([block.buffer, second.buffer]);
    expect(buffers.count).to.equal(2);
  });

  it('leave nothing when there is no memory even so', () => {
    const { buffers, seen } = contextOf();
    seen.refusals = 2;
    const weights = new Float32Array(1 << 18);
    expect(() => buffers.make(weights, part(1 << 20, 4096))).to.throw(
      OutOfMemory,
      'the device gives no buffer of 1.0 MB (OUT_OF_MEMORY)',
    );
    expect(seen.live.size).to.equal(0);
    expect([buffers.count, buffers.bytesAllocated]).to.deep.equal([0, 0]);
    // An error may have been noticed; whoever counts resources must look.
    expect(seen.resources).to.equal(1);
    expect(buffers.make(weights, part(1 << 20, 4096)).stride).to.equal(1 << 20);
  });

  it('do not exist in a context that gives none', () => {
    const { buffers, seen } = contextOf();
    seen.givesBuffers = false;
    expect(() => buffers.make(threeGroups(), part(64, 64))).to.throw(
      OutOfMemory,
      'gives no buffer',
    );
    expect([buffers.count, buffers.bytesAllocated, seen.peaks]).to.deep.equal([0, 0, 0]);
  });

  it('leave errors of earlier calls to those who look for them', () => {
    const { buffers, seen, gl } = contextOf();
    seen.error = 1281;
    buffers.make(threeGroups(), part(64, 64));
    expect(takeErrors(gl)).to.deep.equal(['INVALID_VALUE']);
  });
});
