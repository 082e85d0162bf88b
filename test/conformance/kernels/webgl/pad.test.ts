/** Tests of tensors padded with zeros, which the convolution that reads them pads by itself. */
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

const shape: Shape4 = [1, 5, 6, 8];
const none: [number, number] = [0, 0];

/** Returns a filter of small whole numbers. */
function filter(outChannels: number, inChannels = 8): tf.Tensor4D {
  const shape: Shape4 = [3, 3, inChannels, outChannels];
  return tf.tensor4d(
    wholeNumbers(shape).map((v) => v % 3),
    shape,
  );
}

/** Returns a tensor in planes that is not pending. */
function drawn(): tf.Tensor4D {
  const x = inPlanes(shape);
  x.dataSync();
  return x;
}

const padded = (x: tf.Tensor4D, value = 0): tf.Tensor4D =>
  tf.pad(x, [none, [1, 2], [0, 1], none], value);

const strided = (x: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, filter(8), 2, 'valid');

interface Net {
  /** Number of draws, without that of the read. */
  readonly draws: number;
  readonly of: (x: tf.Tensor4D) => tf.Tensor;
}

const nets: Record<string, Net> = {
  'a strided convolution': { draws: 1, of: (x) => strided(padded(x)) },
  'a depthwise convolution that pads as well': {
    draws: 1,
    of: (x) =>
      tf.relu(tf.depthwiseConv2d(padded(x), filter(1), 1, [none, [0, 1], [1, 1], none] as never)),
  },
  'a convolution between transpositions': {
    draws: 1,
    of: (x) => {
      const nchw: tf.Tensor4D = tf.transpose(x, [0, 3, 1, 2]);
      const around: tf.Tensor4D = tf.pad(nchw, [none, none, [1, 2], [0, 1]]);
      return tf.transpose(strided(tf.transpose(around, [0, 2, 3, 1])), [0, 3, 1, 2]);
    },
  },
  'a convolution and a pool': {
    draws: 3,
    of: (x) => {
      const y = padded(x);
      return tf.add(tf.maxPool(y, 3, 2, 'valid'), strided(y));
    },
  },
  'an element-wise kernel and a convolution': { draws: 2, of: (x) => strided(tf.relu(padded(x))) },
  'a convolution of what was padded with ones': { draws: 2, of: (x) => strided(padded(x, 1)) },
};

describe('tensors padded with zeros', () => {
  before(() => tf.setBackend('tiled-webgl'));

  for (const [name, { draws, of }] of Object.entries(nets)) {
    it(`take ${draws} ${draws === 1 ? 'program' : 'programs'} with ${name}`, () =>
      leavingNothing(async () => {
        const wanted = await onCPU(() => of(tf.tensor4d(wholeNumbers(shape), shape)));
        const x = drawn();
        const values = () => tf.tidy(() => [...of(x).dataSync()]);
        // Programs are tested before their first draw.
        expect(values()).to.deep.equal(wanted);
        expect(drawsOf(() => void values()) - 1).to.equal(draws);
        x.dispose();
      }));
  }

  it('have their values, and so have convolutions of them, in whichever order they are read and disposed of', () =>
    leavingNothing(async () => {
      const image = () => tf.tensor4d(wholeNumbers(shape), shape);
      const wanted = [
        await onCPU(() => padded(image())),
        await onCPU(() => strided(padded(image()))),
      ];
      for (const first of [0, 1]) {
        const x = inPlanes(shape);
        const y = padded(x);
        x.dispose();
        const both = [y, tf.tidy(() => strided(y))];
        for (const i of [first, 1 - first]) {
          expect([...both[i].dataSync()]).to.deep.equal(wanted[i]);
          both[i].dispose();
        }
      }
      const x = inPlanes(shape);
      const y = padded(x);
      const z = tf.tidy(() => strided(y));
      tf.dispose([x, y]);
      expect([...z.dataSync()]).to.deep.equal(wanted[1]);
      z.dispose();
    }));

  it('are drawn when they are disposed of unread', () =>
    leavingNothing(() => {
      const x = drawn();
      expect(drawsOf(() => padded(x).dispose())).to.equal(1);
      x.dispose();
    }));

  it('have the gradients of stock', () =>
    leavingNothing(async () => {
      const gradient = (x: tf.Tensor4D) =>
        tf.grad((t) => tf.sum(tf.square(strided(padded(t as tf.Tensor4D)))))(x);
      const wanted = await onCPU(() => gradient(tf.tensor4d(wholeNumbers(shape), shape)));
      const x = inPlanes(shape);
      const values = tf.tidy(() => gradient(x).dataSync());
      expect([...values]).to.deep.equal(wanted);
      x.dispose();
    }));
});
