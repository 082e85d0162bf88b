/** Tests of feature maps that are enlarged by packing a tensor with itself. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

/** Repeats each pixel `times` times, across and down, as detectors do. */
function enlarged(x: tf.Tensor4D, times: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const across = tf.stack(Array(times).fill(x), 3);
  const both = tf.stack(Array(times).fill(across), 2);
  return tf.reshape(both, [batch, height * times, width * times, channels]) as tf.Tensor4D;
}

function conversions(): number {
  return tiledInfo('tiled-webgl').conversions.reduce(
    (sum, { kernel, count }) => sum + (kernel === 'read' ? 0 : count),
    0,
  );
}

describe('Pack in tiles', () => {
  for (const [shape, times] of [
    [[1, 3, 5, 8], 2],
    [[2, 4, 3, 5], 3],
    [[1, 1, 1, 4], 2],
  ] as [Shape4, number][]) {
    it(`enlarges [${shape}] ${times} times, and hands planes to the next tiled kernel`, () =>
      leavingNothing(async () => {
        await tf.setBackend('cpu');
        const given = () => tf.tensor4d(wholeNumbers(shape), shape);
        const expected = tf.tidy(() => [...tf.relu(enlarged(given(), times)).dataSync()]);
        await tf.setBackend('tiled-webgl');
        const x = inPlanes(shape);
        const before = conversions();
        const y = tf.tidy(() => tf.relu(enlarged(x, times)));
        expect([...y.dataSync()]).to.deep.equal(expected);
        expect(conversions()).to.equal(before);
        tf.dispose([x, y]);
      }));
  }

  it('leaves different tensors and other axes to stock', () =>
    leavingNothing(() => {
      const x = inPlanes([1, 2, 3, 4]);
      tf.tidy(() => {
        const values = wholeNumbers([1, 2, 3, 4]);
        expect([...tf.stack([x, x], 0).dataSync()]).to.deep.equal([...values, ...values]);
        const last = tf.stack([x, x], -1).dataSync();
        expect([...last]).to.deep.equal([...values].flatMap((v) => [v, v]));
        const others = tf.stack([x, tf.neg(x)], 3).dataSync();
        expect([...others.slice(0, 8)]).to.deep.equal([
          ...values.slice(0, 4),
          ...values.slice(0, 4).map((v) => 0 - v),
        ]);
      });
      x.dispose();
    }));
});
