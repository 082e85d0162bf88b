/** Tests of two images that are concatenated: with what comes after, and shuffled channel by channel. */
import { expect } from 'chai';
import {
  drawsOf,
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [1, 3, 5, 6];

type Net = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor;

const joined = (a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D => tf.concat([a, b], 3);

function shuffled(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const grouped = tf.reshape(x, [n, h, w, 2, c / 2]);
  return tf.reshape(tf.transpose(grouped, [0, 1, 2, 4, 3]), [n, h, w, c]);
}

/** Nets, and the draws of each without that of the read. */
const nets: Record<string, readonly [draws: number, net: Net]> = {
  'read as they are': [1, joined],
  'with an element-wise kernel': [1, (a, b) => tf.relu(joined(a, b))],
  'shuffled in two groups': [1, (a, b) => shuffled(joined(a, b))],
  'shuffled, and pooled as well': [
    3,
    (a, b) => {
      const y = joined(a, b);
      return tf.add(tf.maxPool(y, 2, 1, 'same'), shuffled(y));
    },
  ],
  'shuffled with channels of both in a group': [
    3,
    (a, b) => shuffled(joined(a, tf.slice(b, 0, [1, 3, 5, 2]) as tf.Tensor4D)),
  ],
};

describe('concatenated images', () => {
  before(() => tf.setBackend('tiled-webgl'));

  for (const [name, [draws, net]] of Object.entries(nets)) {
    it(`take ${draws === 1 ? 'one program' : `${draws} programs`}: ${name}`, () =>
      leavingNothing(async () => {
        const image = () => tf.tensor4d(wholeNumbers(shape), shape);
        const wanted = await onCPU(() => net(image(), tf.neg(image())));
        const a = inPlanes(shape);
        const b = tf.neg(a);
        for (const x of [a, b]) x.dataSync();
        let values: number[] = [];
        const all = drawsOf(() => {
          values = tf.tidy(() => [...net(a, b).dataSync()]);
        });
        expect(values).to.deep.equal(wanted);
        expect(all - 1).to.equal(draws);
        tf.dispose([a, b]);
      }));
  }

  it('have their values when what was joined is gone, and after what is shuffled', () =>
    leavingNothing(async () => {
      const image = () => tf.tensor4d(wholeNumbers(shape), shape);
      const wanted = await onCPU(() => joined(image(), image()));
      const x = inPlanes(shape);
      const y = joined(x, x);
      const z = tf.tidy(() => shuffled(y));
      x.dispose();
      expect([...y.dataSync()]).to.deep.equal(wanted);
      tf.dispose([y, z]);
    }));
});
