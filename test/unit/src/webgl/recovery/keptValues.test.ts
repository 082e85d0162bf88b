/** Tests of the checksum that tells if an array still equals what was uploaded to the GPU. */
import { env } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import fc from 'fast-check';
import { checksum, KeptValues } from '../../../../../src/webgl/recovery/keptValues.js';

const floats = fc.float32Array({ minLength: 1, maxLength: 40 });

/** Returns the bits of values, so that NaN equals itself and 0 differs from -0. */
const bits = (values: Float32Array) => [...new Int32Array(values.buffer)];

describe('the checksum of values', () => {
  it('differs when any single value differs', () => {
    fc.assert(
      fc.property(floats, fc.nat(), fc.float(), (values, at, value) => {
        const changed = values.slice();
        changed[at % values.length] = value;
        const isSame = bits(changed).join() === bits(values).join();
        expect(checksum(changed) === checksum(values)).to.equal(isSame);
      }),
    );
  });

  it('differs after common changes: negated, reversed, shifted, cleared', () => {
    for (const length of [3, 4, 8, 16, 31, 1000]) {
      const values = Float32Array.from({ length }, (_, i) => Math.sin(i + 1));
      const changes = [
        values.map((value) => -value),
        values.slice().reverse(),
        values.map((_, i) => values[(i + 1) % length]),
        new Float32Array(length),
        values.subarray(1),
      ];
      const sums = [values, ...changes].map(checksum);
      expect(new Set(sums).size, `of ${length}`).to.equal(sums.length);
    }
  });

  it('depends on nothing but the values', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const moved = new Float32Array(values.length + 3).subarray(3);
        moved.set(values);
        expect(checksum(moved)).to.equal(checksum(values));
      }),
    );
    expect(checksum([1, 2, 3])).to.equal(checksum(Float32Array.of(1, 2, 3)));
    expect(checksum(Uint8Array.of(1, 0, 1))).to.equal(checksum(Float32Array.of(1, 0, 1)));
  });
});

describe('kept values', () => {
  const id = {};

  it('are available until the array is written to', () => {
    const kept = new KeptValues();
    expect(kept.find(id, null).reason).to.match(/computed on the GPU/);
    const values = Float32Array.of(1, 2);
    kept.keep(id, values);
    expect(kept.find(id, null).values).to.equal(values);
    values[1] = 3;
    expect(kept.find(id, null).reason).to.match(/written to/);
    kept.keep(id, values);
    expect(kept.find(id, null).reason, 'the GPU has what was sent first').to.match(/written to/);
    const read = Float32Array.of(1, 2);
    expect(kept.find(id, read).values, 'what was read since').to.equal(read);
    kept.drop(id);
    expect(kept.has(id)).to.equal(false);
  });

  it('are not available when the array was transferred to a worker', () => {
    const kept = new KeptValues();
    const values = Float32Array.of(1, 2);
    kept.keep(id, values);
    structuredClone(values, { transfer: [values.buffer] });
    expect(kept.find(id, null).reason).to.match(/written to/);
  });

  it('are counted once for each array', () => {
    const kept = new KeptValues();
    const values = new Float32Array(5);
    for (const key of [{}, {}]) kept.keep(key, values);
    kept.keep(id, new Float32Array(3));
    expect(kept.bytes).to.equal(32);
  });

  it('are only those that others hold anyway while the flag is false', () => {
    const kept = new KeptValues();
    const values = Float32Array.of(1, 2);
    env().set('TILED_KEEP_VALUES', false);
    try {
      kept.keep(id, values);
    } finally {
      env().set('TILED_KEEP_VALUES', true);
    }
    expect(kept.bytes).to.equal(0);
    expect(kept.find(id, null).reason).to.match(/TILED_KEEP_VALUES is false/);
    expect(kept.find(id, values).values).to.equal(values);
    values[0] = 2;
    expect(kept.find(id, values).reason).to.match(/written to/);
  });

  it('refuse a flag that is not true or false', () => {
    expect(() => env().set('TILED_KEEP_VALUES', 'yes' as never)).to.throw(
      'TILED_KEEP_VALUES must be true or false; got yes',
    );
    env().set('TILED_KEEP_VALUES', true);
  });
});
