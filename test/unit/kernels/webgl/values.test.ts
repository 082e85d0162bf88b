import { expect } from 'chai';
import { joined } from '../../../../kernels/webgl/concatValues.js';
import { gathered } from '../../../../kernels/webgl/GatherV2.js';
import { sliced } from '../../../../kernels/webgl/sliceValues.js';

describe('kernels on values of the CPU', () => {
  it('join blocks of every tensor in turn', () => {
    const a = { values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
    const b = { values: Float32Array.of(5, 6), shape: [2, 1] };
    expect([...joined([a, b, a], 1)]).to.deep.equal([1, 2, 5, 1, 2, 3, 4, 6, 3, 4]);
    expect([...joined([a, a], 0)]).to.deep.equal([1, 2, 3, 4, 1, 2, 3, 4]);
    const none = { values: new Float32Array(), shape: [2, 0] };
    expect([...joined([none, b], 1)]).to.deep.equal([5, 6]);
    expect(joined([{ values: Int32Array.of(1), shape: [1] }], 0)).to.be.instanceOf(Int32Array);
  });

  it('slice along every axis', () => {
    const from = Int32Array.from({ length: 24 }, (_, i) => i);
    const part = sliced(from, [2, 3, 4], [1, 0, 1], [1, 2, 3]);
    expect(part).to.be.instanceOf(Int32Array);
    expect([...part]).to.deep.equal([13, 14, 15, 17, 18, 19]);
    expect([...sliced(from, [2, 3, 4], [0, 2, 3], [2, 1, 1])]).to.deep.equal([11, 23]);
    expect([...sliced(from, [24], [22], [2])]).to.deep.equal([22, 23]);
    expect([...sliced(from.slice(0, 1), [], [], [])]).to.deep.equal([0]);
  });

  it('gather along an inner axis, and by separate indices for each batch', () => {
    const from = Float32Array.from({ length: 24 }, (_, i) => i);
    // [2, 3, 4] along axis 1, with separate indices for each batch element.
    const sizes = { batchSize: 2, outerSize: 1, dimSize: 3, sliceSize: 4 };
    expect([...gathered(from, Int32Array.of(2, 0), sizes)]).to.deep.equal([
      8, 9, 10, 11, 12, 13, 14, 15,
    ]);
    // [2, 3, 4] along axis 2.
    const inner = { batchSize: 1, outerSize: 6, dimSize: 4, sliceSize: 1 };
    expect([...gathered(from, Int32Array.of(3), inner)]).to.deep.equal([3, 7, 11, 15, 19, 23]);
  });

  it('gather zeros for an index out of range', () => {
    const sizes = { batchSize: 1, outerSize: 1, dimSize: 2, sliceSize: 1 };
    const indices = Int32Array.of(-1, 1, 2);
    expect([...gathered(Float32Array.of(5, 6), indices, sizes)]).to.deep.equal([0, 6, 0]);
  });
});
