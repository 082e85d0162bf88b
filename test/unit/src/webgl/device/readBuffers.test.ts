import { expect } from 'chai';
import { OutOfMemory } from '../../../../../src/webgl/device/memory.js';
import { ReadBuffers } from '../../../../../src/webgl/device/readBuffers.js';

const MB = 1 << 20;

/** Counts live buffers; with `isFull`, the next one gets no memory. */
function contextOf() {
  const live = new Set<object>();
  const seen = { live, isFull: false, resources: 0 };
  let error = 0;
  const gl = {
    NO_ERROR: 0,
    OUT_OF_MEMORY: 1285,
    createBuffer: () => {
      const buffer = {};
      live.add(buffer);
      return buffer;
    },
    bindBuffer: () => {},
    bufferData: () => {
      if (seen.isFull) error = 1285;
    },
    getError: () => {
      const taken = error;
      error = 0;
      return taken;
    },
    deleteBuffer: (buffer: object) => void live.delete(buffer),
  };
  const context = gl as unknown as WebGL2RenderingContext;
  return { seen, buffers: new ReadBuffers(context, () => void seen.resources++) };
}

describe('buffers of reads', () => {
  it('are used again by reads of the same size', () => {
    const { buffers, seen } = contextOf();
    const first = buffers.take(64);
    const second = buffers.take(64);
    expect(second).not.to.equal(first);
    expect(buffers.giveBack(first)).to.equal(true);
    expect(buffers.take(32)).not.to.equal(first);
    expect(buffers.take(64)).to.equal(first);
    expect(buffers.count).to.equal(3);
    expect(seen.resources).to.equal(3);
  });

  it('are taken back once, and only if they are theirs', () => {
    const { buffers } = contextOf();
    const buffer = buffers.take(64);
    expect(buffers.giveBack({})).to.equal(false);
    expect(buffers.giveBack(buffer)).to.equal(true);
    expect(buffers.giveBack(buffer)).to.equal(false);
  });

  it('hold a bounded number of bytes while they are free, those used last', () => {
    const { buffers, seen } = contextOf();
    const taken = [1, 2, 3].map((size) => buffers.take(size * MB));
    for (const buffer of taken) buffers.giveBack(buffer);
    expect([...seen.live]).to.deep.equal([taken[2]]);
    const large = buffers.take(5 * MB);
    buffers.giveBack(large);
    expect(seen.live.size, 'one larger than the bound').to.equal(0);
    expect(buffers.count).to.equal(0);
  });

  it('are deleted with their context, those in use as soon as they are given back', () => {
    const { buffers, seen } = contextOf();
    const used = buffers.take(64);
    buffers.giveBack(buffers.take(32));
    buffers.dispose();
    expect([...seen.live]).to.deep.equal([used]);
    expect(buffers.giveBack(used)).to.equal(true);
    expect(seen.live.size).to.equal(0);
  });

  it('leave nothing when there is no memory for one', () => {
    const { buffers, seen } = contextOf();
    seen.isFull = true;
    expect(() => buffers.take(MB)).to.throw(
      OutOfMemory,
      'the device gives no buffer of 1.0 MB to read into (OUT_OF_MEMORY)',
    );
    expect(seen.live.size).to.equal(0);
    expect(buffers.count).to.equal(0);
  });
});
