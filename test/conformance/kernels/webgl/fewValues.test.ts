/** Tests of kernels on values that are already on the CPU: computed there, and right. */
import { expect } from 'chai';
import { leavingNothing, tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const numbers = (size: number) => Float32Array.from({ length: size }, (_, i) => ((i * 7) % 13) - 6);
const floats = (...shape: number[]) => tf.tensor(numbers(tf.util.sizeFromShape(shape)), shape);
const bools = (...shape: number[]) => tf.greater(floats(...shape), 0);
const indices = (...values: number[]) => tf.tensor1d(values, 'int32');

const kernels: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'add, broadcast': () => tf.add(floats(30, 1), floats(20)),
  all: () => tf.all(bools(4, 9), 1),
  any: () => tf.any(bools(4, 9), 0),
  argMax: () => tf.argMax(floats(4, 9), 1),
  argMin: () => tf.argMin(floats(4, 9), 0),
  clip: () => tf.clipByValue(floats(300), -2, 3.5),
  'concat of rows': () => tf.concat([floats(7, 8), floats(3, 8)], 0),
  'concat of columns': () => tf.concat([floats(70, 3), floats(70, 8), floats(70, 1)], 1),
  'concat of whole numbers': () => tf.concat([indices(1, 2), indices(3)]),
  'concat with an empty tensor': () => tf.concat([floats(0, 3), floats(2, 3)], 0),
  fill: () => tf.fill([70, 90], 2.5),
  'gather of rows': () => tf.gather(floats(3000, 4), indices(7, 0, 2999, 7)),
  'gather of columns': () => tf.gather(floats(5, 6, 2), indices(5, 1), 1),
  'gather in batches': () =>
    tf.gather(floats(2, 3, 4), tf.tensor2d([1, 2, 0, 0], [2, 2], 'int32'), 1, 1),
  'gather of whole numbers': () => tf.gather(indices(5, 6, 7), indices(2, 2)),
  'gather of nothing': () => tf.gather(floats(3, 2), indices()),
  'gather of places': () =>
    tf.gatherND(floats(3, 4, 2), tf.tensor2d([1, 2, 0, 3], [2, 2], 'int32')),
  logical: () => tf.logicalOr(tf.logicalAnd(bools(9), bools(9)), tf.logicalNot(bools(9))),
  mean: () => tf.mean(floats(6, 5), 0),
  min: () => tf.min(floats(6, 5), 1),
  pad: () =>
    tf.pad(
      floats(10, 3),
      [
        [1, 2],
        [0, 1],
      ],
      4,
    ),
  reciprocal: () => tf.reciprocal(tf.add(floats(50), 0.5)),
  round: () => tf.round(tf.mul(floats(50), 0.75)),
  select: () => tf.where(bools(200), floats(200), tf.zeros([200])),
  'slice of columns': () => tf.slice(floats(6, 5, 4), [1, 0, 2], [3, 5, 2]),
  'slice of one': () => tf.slice(floats(6, 5, 4), [5, 4, 3], [1, 1, 1]),
  'split of columns': () => tf.split(floats(100, 4), 4, 1),
  sum: () => tf.sum(floats(30, 20), 1),
  topk: () => tf.topk(floats(300), 5).values,
  'unstack of one': () => tf.unstack(floats(1, 70, 3), 0),
};

function valuesOf(make: () => tf.Tensor | tf.Tensor[]) {
  return tf.tidy(() => {
    const result = make();
    return (Array.isArray(result) ? result : [result]).map((y) => ({
      shape: y.shape,
      dtype: y.dtype,
      values: [...y.dataSync()],
    }));
  });
}

/** Counts the draws that `body` makes. */
function drawsIn(body: () => void): number {
  const backend = tiledBackend();
  const { gl } = backend.device;
  const kept = { drawArrays: gl.drawArrays, drawElements: gl.drawElements };
  let draws = 0;
  gl.drawArrays = (...given) => {
    draws++;
    kept.drawArrays.apply(gl, given);
  };
  gl.drawElements = (...given) => {
    draws++;
    kept.drawElements.apply(gl, given);
  };
  try {
    body();
  } finally {
    Object.assign(gl, kept);
  }
  return draws;
}

describe('kernels on few values of the CPU', () => {
  for (const [name, make] of Object.entries(kernels)) {
    it(`draw nothing and equal stock cpu: ${name}`, () =>
      leavingNothing(async () => {
        await tf.setBackend('cpu');
        const expected = valuesOf(make);
        await tf.setBackend('tiled-webgl');
        expect(drawsIn(() => expect(valuesOf(make)).to.deep.equal(expected))).to.equal(0);
      }));
  }

  it('gather zeros for an index out of range, as on stock webgl', () =>
    leavingNothing(() => {
      const y = tf.tidy(() => tf.gather(floats(3, 2), indices(3, 0, -1)));
      expect([...y.dataSync()]).to.deep.equal([0, 0, ...numbers(2), 0, 0]);
      y.dispose();
    }));

  it('unpack a packed texture once for several gathers', () =>
    leavingNothing(() => {
      const x = tf.tidy(() => tf.cumsum(tf.ones([90, 60])));
      const halves = tf.mul(x, 0.5);
      const rows = () => tf.tidy(() => [...tf.gather(halves, indices(3, 89)).dataSync()]);
      const wanted = [...Array(60).fill(2), ...Array(60).fill(45)];
      const first = drawsIn(() => expect(rows()).to.deep.equal(wanted));
      expect(drawsIn(() => expect(rows()).to.deep.equal(wanted))).to.equal(first - 1);
      expect(tf.tidy(() => tf.add(halves, x).dataSync()[61])).to.equal(3);
      tf.dispose([x, halves]);
    }));

  it('use values that were read, and of a slice only its own', () =>
    leavingNothing(() => {
      const x = tf.tidy(() => tf.cumsum(tf.ones([6, 4])));
      x.dataSync();
      expect(drawsIn(() => tf.tidy(() => tf.sum(x, 1).dataSync()))).to.equal(0);
      const large = tf.tidy(() => tf.cumsum(tf.ones([100, 90])));
      large.dataSync();
      const row = tf.slice(large, [3, 0], [1, 90]);
      expect(tf.tidy(() => tf.sum(row).dataSync()[0])).to.equal(360);
      expect(
        tf.tidy(() => tf.mul(tf.ones([70, 70]), tf.slice(row, [0, 0], [1, 1])).dataSync()[0]),
      ).to.equal(4);
      tf.dispose([x, large, row]);
    }));

  it('are drawn when few values broadcast to many', () =>
    leavingNothing(() => {
      const sum = () => tf.tidy(() => tf.add(floats(200, 1), floats(1, 200)).dataSync()[201]);
      let value = 0;
      const draws = drawsIn(() => {
        value = sum();
      });
      expect(draws).to.be.above(0);
      expect(value).to.equal(1 + 1);
    }));

  it('are drawn when WEBGL_CPU_FORWARD is false', () =>
    leavingNothing(() => {
      tf.env().set('WEBGL_CPU_FORWARD', false);
      try {
        expect(drawsIn(() => tf.tidy(() => tf.sum(floats(5, 5)).dataSync()))).to.be.above(0);
      } finally {
        tf.env().set('WEBGL_CPU_FORWARD', true);
      }
    }));
});
