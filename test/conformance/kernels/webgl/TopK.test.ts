/** Tests of TopK in tiles beside stock cpu, in one pass and in several. */
import { expect } from 'chai';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

/** Numbers with many ties, infinities and zeros of both signs. */
const odd = [Number.NEGATIVE_INFINITY, -0, 0, 3, Number.POSITIVE_INFINITY, 3, -2];

interface Row {
  readonly shape: Shape4;
  readonly to: number[];
  readonly k: number;
}

const rows: readonly Row[] = [
  { shape: [2, 3, 4, 9], to: [2, 3, 4, 9], k: 9 },
  { shape: [2, 3, 4, 9], to: [6, 36], k: 5 },
  // Rows of two passes.
  { shape: [1, 8, 16, 24], to: [2, 1536], k: 7 },
];

describe('TopK in tiles', () => {
  for (const { shape, to, k } of rows) {
    it(`finds ${k} of each row of [${to}], of equal values the first`, async () => {
      await tf.setBackend('cpu');
      const input = wholeNumbers(shape);
      const wanted = tf.tidy(() =>
        Object.values(tf.topk(tf.reshape(tf.tensor4d(input, shape), to), k)),
      );
      const expected = wanted.map((y) => [...y.dataSync()]);
      tf.dispose(wanted);
      await leavingNothing(() => {
        const x = inPlanes(shape);
        let found: tf.Tensor[] = [];
        const moved = conversionsIn(() => {
          found = tf.tidy(() => Object.values(tf.topk(tf.reshape(x, to), k)));
        });
        expect(moved).to.deep.equal([]);
        expect(found.map(({ dtype }) => dtype)).to.deep.equal(['float32', 'int32']);
        expect(found.map((y) => y.shape)).to.deep.equal([
          [...to.slice(0, -1), k],
          [...to.slice(0, -1), k],
        ]);
        expect(found.map((y) => [...y.dataSync()])).to.deep.equal(expected);
        tf.dispose([x, found]);
      });
    });
  }

  it('orders infinities, and puts NaN last', () =>
    leavingNothing(() => {
      const values = Float32Array.from({ length: 36 }, (_, i) =>
        i % 9 === 8 ? Number.NaN : odd[(i * 5) % odd.length],
      );
      const order = (row: number) => {
        const key = (i: number) => (i === 8 ? -1 / 0 : values[9 * row + i]);
        const places = [...Array(9).keys()];
        return places.sort((a, b) => (key(a) === key(b) ? a - b : key(b) - key(a)));
      };
      const [likely, places] = tf.tidy(() => {
        const x = tf.tensor4d(values, [1, 2, 2, 9]);
        const same = tf.depthwiseConv2d(x, tf.ones([1, 1, 9, 1]) as tf.Tensor4D, 1, 'valid');
        return Object.values(tf.topk(same, 9));
      });
      const wanted = [0, 1, 2, 3].flatMap(order);
      expect([...places.dataSync()]).to.deep.equal(wanted);
      expect([...likely.dataSync()]).to.deep.equal(
        wanted.map((i, at) => values[9 * Math.floor(at / 9) + i]),
      );
      tf.dispose([likely, places]);
    }));

  it('gives indices by which tiles are gathered', () =>
    leavingNothing(() => {
      const x = inPlanes([2, 3, 4, 9]);
      let best: tf.Tensor | undefined;
      const moved = conversionsIn(() => {
        best = tf.tidy(() => {
          const flat = tf.reshape(x, [6, 36]);
          return tf.gather(flat, tf.topk(flat, 5).indices, 1, 1);
        });
      });
      expect(moved.filter(({ kind }) => kind !== 'retile')).to.deep.equal([]);
      const wanted = tf.tidy(() => [...tf.topk(tf.reshape(x, [6, 36]), 5).values.dataSync()]);
      expect([...best!.dataSync()]).to.deep.equal(wanted);
      tf.dispose([x, best!]);
    }));
});
