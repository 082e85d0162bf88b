/** Tests of captured nets that pad before they convolve: a recording leaves out what nobody reads. */
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';
import {
  expectReplays,
  random,
  type Several,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { leavingNothing } from './cpuCaptureSupport.js';

type Sides = [number, number];

const pad = (x: tf.Tensor, rows: Sides, cols: Sides, channels: Sides = [0, 0]) =>
  tf.pad(x, [[0, 0], rows, cols, channels]) as tf.Tensor4D;

const filter = (...shape: [number, number, number, number]) =>
  tf.tidy(() => tf.sub(tf.randomUniform<tf.Rank.R4>(shape), 0.5) as tf.Tensor4D);

/** Nets of x [1, 9, 11, 5] and two filters, with the number of steps of their recordings: a pad is two. */
const nets: Record<
  string,
  { net(x: tf.Tensor, dense: tf.Tensor4D, depthwise: tf.Tensor4D): Several; steps: number }
> = {
  'pads for one convolution': {
    net: (x, dense) => tf.conv2d(pad(x, [1, 1], [1, 1]), dense, 1, 'valid'),
    steps: 1,
  },
  'pads for a depthwise convolution with a stride': {
    net: (x, _, depthwise) => tf.depthwiseConv2d(pad(x, [0, 1], [0, 1]), depthwise, 2, 'valid'),
    steps: 1,
  },
  'pads for two convolutions': {
    net: (x, dense, depthwise) => {
      const y = pad(x, [2, 1], [1, 1]);
      return [tf.conv2d(y, dense, 2, 'valid'), tf.depthwiseConv2d(y, depthwise, 1, 'valid')];
    },
    steps: 2,
  },
  'pads by more than a sweep over rows can': {
    net: (x, _, depthwise) => tf.depthwiseConv2d(pad(x, [2, 1], [0, 3]), depthwise, 1, 'same'),
    steps: 3,
  },
  'pads for a convolution that pads as well': {
    net: (x, dense) => tf.conv2d(pad(x, [1, 1], [1, 1]), dense, 1, 'same'),
    steps: 3,
  },
  'pads for a result of one pixel': {
    net: (x, dense) =>
      tf.conv2d(pad(tf.slice(x, 0, [1, 2, 1, 5]), [1, 0], [1, 1]), dense, 1, 'valid'),
    steps: 4,
  },
  'pads for a convolution and a sum': {
    net: (x, dense) => {
      const y = pad(x, [1, 1], [1, 1]);
      return [tf.conv2d(y, dense, 1, 'valid'), tf.add(y, 1)];
    },
    steps: 4,
  },
  'returns what it padded': {
    net: (x, dense) => {
      const y = pad(x, [1, 1], [1, 1]);
      return [tf.conv2d(y, dense, 1, 'valid'), y];
    },
    steps: 3,
  },
  'reshapes what it padded': {
    net: (x, dense) =>
      tf.conv2d(
        tf.reshape(pad(x, [1, 2], [1, 0]), [1, 6, 24, 5]) as tf.Tensor4D,
        dense,
        1,
        'valid',
      ),
    steps: 3,
  },
  'pads twice': {
    net: (x, dense) => tf.conv2d(pad(pad(x, [1, 0], [1, 0]), [0, 1], [0, 1]), dense, 1, 'valid'),
    steps: 3,
  },
  'pads channels': {
    net: (x, dense) =>
      tf.conv2d(pad(tf.slice(x, 0, [1, 9, 11, 3]), [1, 1], [1, 1], [0, 2]), dense, 1, 'valid'),
    steps: 4,
  },
  'pads with another number': {
    net: (x, dense) =>
      tf.conv2d(
        tf.pad(
          x,
          [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ],
          2,
        ) as tf.Tensor4D,
        dense,
        1,
        'valid',
      ),
    steps: 3,
  },
  'disposes of what it pads': {
    net: (x, dense) => {
      const y = tf.relu(x);
      const padded = pad(y, [1, 1], [1, 1]);
      y.dispose();
      const others = tf.concat([tf.neg(x), tf.abs(x)], 3);
      return [tf.conv2d(padded, dense, 1, 'valid'), others];
    },
    steps: 5,
  },
};

describe('capture on tiled-cpu: a net that', () => {
  for (const [what, { net, steps }] of Object.entries(nets)) {
    it(`${what} has the bits of the model, in ${steps} step${steps === 1 ? '' : 's'}`, () =>
      leavingNothing(async () => {
        const [dense, depthwise] = [filter(3, 3, 5, 7), filter(3, 3, 5, 1)];
        const model = (x: tf.Tensor) => tf.tidy(() => net(x, dense, depthwise) as tf.Tensor);
        const x = random();
        const fast = await capture(model, x);
        expect(fast.info).to.include({ captured: true, reason: null });
        await expectReplays(fast, model, random, 4);
        // The input is put into the heap by a step of its own.
        expect(fast.info.steps, 'steps').to.equal(steps + 1);
        fast.dispose();
        tf.dispose([x, dense, depthwise]);
      }));
  }
});
