/** Tests of bad and borderline calls on tiled-cpu, which must never read other data in its heap. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import type { TiledCPUBackend } from '../../../../src/base.js';

const ones = (...shape: number[]) => tf.ones(shape) as never;
const ramp = (...shape: number[]) =>
  tf.reshape(tf.range(1, 1 + tf.util.sizeFromShape(shape)), shape);
const kernel = (name: string, inputs: object, attrs: object) =>
  tf.engine().runKernel(name, inputs as never, attrs as never) as tf.Tensor;

const refused: Record<string, [() => unknown, string]> = {
  'a max pool of a window that is too large': [
    () => tf.maxPool(ones(1, 3, 3, 4), 5, 1, 'valid'),
    'MaxPool: the window 5x5 is larger than the padded input 3x3',
  ],
  'an average pool': [
    () => tf.avgPool(ones(1, 3, 3, 4), 5, 1, 'valid'),
    'AvgPool: the window 5x5 is larger than the padded input 3x3',
  ],
  'a max pool of int32': [
    () => tf.maxPool(tf.cast(ones(1, 3, 3, 4), 'int32') as never, 5, 1, 'valid'),
    'MaxPool: the window 5x5 is larger than the padded input 3x3',
  ],
  'a pool of rank 3': [
    () => tf.maxPool(ones(3, 8, 4), [5, 5], 1, 'valid'),
    'MaxPool: the window 5x5 is larger than the padded input 3x8',
  ],
  'a dilation': [
    () => tf.dilation2d(ones(1, 3, 3, 4), ones(3, 3, 4), 1, 'valid', 2),
    'Dilation2D: the dilated filter 5x5 (filter 3x3, dilation 2x2) is larger',
  ],
  'a conv1d': [
    () => tf.conv1d(ones(1, 3, 2), ones(5, 2, 4), 1, 'valid'),
    'conv2d: the dilated filter 1x5 (filter 1x5, dilation 1x1) is larger',
  ],
  'a transposed convolution into a negative size': [
    () => tf.conv2dTranspose(ones(1, 1, 1, 4), ones(3, 3, 2, 4), [1, -1, -1, 2], 1, 'valid'),
    'Conv2DBackpropInput: inputShape must be whole numbers from 0 on. Got 1,-1,-1,2',
  ],
  'a slice from before the beginning': [
    () => tf.slice(ones(5), [-2], [2]),
    'Slice: [5] has no slice [2] from [-2] on',
  ],
  'a split into parts that are none': [
    () => tf.split(ones(5), [-2, 7]),
    'SplitV: the parts of [5] along axis 0',
  ],
  'a transpose that has an axis twice': [
    () => tf.transpose(ones(2, 3, 4), [1, 1, 1]),
    'Transpose: perm must have each axis of [2,3,4] once. Got 1,1,1',
  ],
  'an axis reduced twice': [
    () => tf.mean(ones(2, 3), [0, 0]),
    'Mean: an axis of [2,3] can be reduced once. Got 0,0',
  ],
  'more cut off than there is': [
    () => tf.pad(ones(5), [[-3, -3]]),
    'PadV2: [5] with paddings [-3,-3] would be [-1]',
  ],
  'a picture of half a pixel more': [
    () => tf.image.resizeBilinear(ones(1, 4, 4, 3), [8.5, 8]),
    'ResizeBilinear: size must be whole numbers from 0 on. Got 8.5,8',
  ],
  'a kernel that computes a negative number of values': [
    () => tf.tile(ones(2, 3), [-1, -1]),
    'Tile: reps must be whole numbers from 0 on. Got -1,-1',
  ],
  // Stock's own message.
  'statistics of ranks that differ': [
    () =>
      kernel(
        'FusedBatchNorm',
        { x: ones(1, 2, 2, 8), mean: ones(8), variance: ones(1, 8) },
        { varianceEpsilon: 0.1 },
      ),
    'requires mean and variance to have equal ranks',
  ],
};

/** Calls in which a size is 0, or a filter does not fit its input. */
const likeStock: Record<string, () => tf.Tensor> = {
  'a max pool without a pixel': () => tf.maxPool(ones(1, 3, 3, 4), 4, 1, 'valid'),
  'an average pool without a pixel': () => tf.avgPool(ones(2, 3, 8, 4), 4, 2, 'valid'),
  'a max pool of a volume': () => tf.maxPool3d(ones(1, 3, 3, 3, 2), 5, 1, 'valid'),
  'a convolution without a pixel': () => tf.conv2d(ones(1, 3, 3, 2), ones(4, 4, 2, 5), 1, 'valid'),
  'a depthwise one': () => tf.depthwiseConv2d(ones(1, 3, 6, 2), ones(4, 2, 2, 1), 1, 'valid'),
  'a fused one': () =>
    tf.fused.conv2d({
      x: ones(1, 3, 3, 2),
      filter: ones(4, 4, 2, 5),
      strides: 1,
      pad: 'valid',
      bias: ones(5),
      activation: 'relu',
    }),
  'a conv1d without a step': () => tf.conv1d(ones(1, 3, 2), ones(4, 2, 4), 1, 'valid'),
  'a picture without a pixel': () => tf.image.resizeBilinear(ones(1, 4, 4, 3), [0, 8]),
  'a picture made of none': () =>
    tf.image.resizeBilinear(tf.zeros<tf.Rank.R4>([1, 0, 4, 3]), [2, 2]),
  'the end of a tensor': () => tf.slice(ones(3, 2), [3, 0], [-1, -1]),
  'all cut off': () => tf.pad(ones(5), [[-2, -3]]),
  'a product of no terms': () => tf.matMul(tf.zeros([3, 0]), tf.zeros([0, 4])),
  'a mean of nothing': () => tf.mean(tf.zeros([0, 3]), 0),
  'a sum of nothing': () => tf.sum(tf.zeros([2, 0, 3]), 1),
};

/** Paddings of [4, 5] with values 1 to 20, which cut out the middle and put 9 around it. */
const cropped: readonly (readonly [paddings: [number, number][], values: number[][]])[] = [
  [
    [
      [-2, 1],
      [1, -2],
    ],
    [
      [9, 11, 12, 13],
      [9, 16, 17, 18],
      [9, 9, 9, 9],
    ],
  ],
  [
    [
      [-1, -1],
      [0, -3],
    ],
    [
      [6, 7],
      [11, 12],
    ],
  ],
  [
    [
      [-9, 7],
      [-4, 1],
    ],
    [
      [9, 9],
      [9, 9],
    ],
  ],
  [
    [
      [3, -6],
      [0, -4],
    ],
    [[9]],
  ],
];

describe('a wrong call of tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));
  const used = () => (tf.backend() as TiledCPUBackend).heap?.usedBytes();

  for (const [name, [run, message]] of Object.entries(refused)) {
    it(`is refused, and leaves nothing: ${name}`, () => {
      const before = [tf.memory().numTensors, tf.memory().numDataBuffers, used()];
      expect(() => tf.tidy(() => void run())).to.throw(message);
      const after = [tf.memory().numTensors, tf.memory().numDataBuffers, used()];
      expect(after).to.deep.equal(before);
    });
  }
});

describe('an unusual call of tiled-cpu', () => {
  for (const [name, run] of Object.entries(likeStock)) {
    it(`gives what stock cpu gives: ${name}`, async () => {
      const answer = async (backend: string) => {
        await tf.setBackend(backend);
        const y = tf.tidy(run);
        const { shape, dtype } = y;
        const values = [...y.dataSync()];
        y.dispose();
        return JSON.stringify({ shape, dtype, values });
      };
      expect(await answer('tiled-cpu')).to.equal(await answer('cpu'));
    });
  }

  for (const dtype of ['float32', 'int32'] as const) {
    for (const [paddings, values] of cropped) {
      it(`crops by paddings below 0: ${JSON.stringify(paddings)} of ${dtype}`, async () => {
        await tf.setBackend('tiled-cpu');
        const before = tf.memory().numDataBuffers;
        const y = tf.tidy(() => tf.pad(tf.cast(ramp(4, 5), dtype), paddings, 9));
        expect(y.arraySync()).to.deep.equal(values);
        expect(y.dtype).to.equal(dtype);
        y.dispose();
        expect(tf.memory().numDataBuffers).to.equal(before);
      });
    }
  }
});
