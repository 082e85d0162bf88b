/** Tests that pictures reach the GPU in tile layout, through a net's first operations on them. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import {
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

type Net = (picture: tf.Tensor4D) => tf.Tensor;

const filter = () => tf.tensor4d(wholeNumbers([3, 3, 3, 8]), [3, 3, 3, 8]);
const conv = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter(), 2, 'same');

const nets: Record<string, Net> = {
  scaled: (x) => conv(tf.sub(tf.mul(x, 2), 1)),
  'from the left': (x) => conv(tf.sub(1, tf.div(x, 4))),
  'less a mean for each channel': (x) => conv(tf.sub(x, [1, 2, 3])),
  'less another picture': (x) => conv(tf.sub(x, tf.ones(x.shape))),
  'less a mean in planes of its own': (x) =>
    conv(
      tf.sub(
        x,
        tf.concat(
          [0, 1, 2].map((v) => tf.fill([1, 45, 37, 1], v)),
          3,
        ),
      ),
    ),
  padded: (x) =>
    conv(
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ]),
    ),
  'padded in NCHW': () =>
    conv(
      tf.transpose(
        tf.pad(tf.tensor4d(wholeNumbers(shape), [1, 3, 45, 37]), [
          [0, 0],
          [0, 0],
          [1, 2],
          [3, 0],
        ]),
        [0, 2, 3, 1],
      ),
    ),
  mirrored: (x) =>
    conv(
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 0],
        ],
        'reflect',
      ),
    ),
  'resized to what it is': (x) => conv(tf.image.resizeBilinear(tf.mul(x, 3), [45, 37])),
  'out of a list of pictures and back': (x) =>
    conv(tf.expandDims(tf.unstack(tf.mul(tf.stack(tf.unstack(x)), 3))[0])),
  'of whole numbers': () =>
    conv(tf.mul(tf.cast(tf.tensor4d(wholeNumbers(shape), shape, 'int32'), 'float32'), 2)),
};

const shape: Shape4 = [1, 45, 37, 3];
const picture = () => tf.tensor4d(wholeNumbers(shape), shape);

describe('pictures on tiled-webgl', () => {
  for (const [name, net] of Object.entries(nets)) {
    it(`are computed without a conversion: ${name}`, () =>
      leavingNothing(async () => {
        await tf.setBackend('cpu');
        const expected = tf.tidy(() => [...net(picture()).dataSync()]);
        await tf.setBackend('tiled-webgl');
        const before = tiledInfo('tiled-webgl').conversions.filter(
          ({ kernel }) => kernel !== 'read',
        );
        const y = tf.tidy(() => net(picture()));
        expect([...y.dataSync()]).to.deep.equal(expected);
        const after = tiledInfo('tiled-webgl').conversions.filter(
          ({ kernel }) => kernel !== 'read',
        );
        expect(after).to.deep.equal(before);
        y.dispose();
      }));
  }

  it('keep their values for stock kernels and for reads', () =>
    leavingNothing(() => {
      const x = picture();
      const doubled = tf.mul(x, 2);
      expect(tiledBackend().runner.placementOf(x)).to.not.equal(null);
      expect([...tf.tidy(() => tf.abs(x).dataSync())]).to.deep.equal(
        [...wholeNumbers(shape)].map(Math.abs),
      );
      expect([...x.dataSync()]).to.deep.equal([...wholeNumbers(shape)]);
      expect([...doubled.dataSync()]).to.deep.equal([...wholeNumbers(shape)].map((v) => 2 * v));
      tf.dispose([x, doubled]);
    }));

  it('are not laid out in tiles with more than 4 channels or with few values', () =>
    leavingNothing(() => {
      for (const other of [
        [1, 45, 37, 5],
        [1, 5, 7, 3],
      ] as Shape4[]) {
        const x = tf.tensor4d(wholeNumbers(other), other);
        const y = tf.mul(x, 2);
        expect(tiledBackend().runner.placementOf(x)).to.equal(null);
        expect([...y.dataSync()]).to.deep.equal([...wholeNumbers(other)].map((v) => 2 * v));
        tf.dispose([x, y]);
      }
    }));
});
