/** Tests of our kernels in recordings of tiled-cpu: they are done again on the heap, or called again. */
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';
import { expectReplays, type Several } from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { leavingNothing } from './cpuCaptureSupport.js';

type Model = (x: tf.Tensor4D) => tf.Tensor | tf.Tensor[];

const positions = tf.tensor1d;

/** Models that are done on the heap as a whole. */
const onHeap: Record<string, Model> = {
  'sums along axes that are apart': (x) => [tf.sum(x, [0, 2]), tf.mean(x, [1, 3]), tf.prod(x, 1)],
  extremes: (x) => [tf.max(x, 3), tf.min(x, [0, 1])],
  'positions of extremes': (x) => [tf.argMax(tf.relu(x), 3), tf.argMin(x, 1)],
  'truth of all and of some': (x) => [tf.all(tf.greater(x, 0.2), 1), tf.any(tf.less(x, 0.2), 3)],
  'whole numbers': (x) => {
    const whole = tf.cast(tf.mul(x, 9), 'int32');
    const flipped = tf.transpose(tf.reverse(whole, 1), [3, 0, 1, 2]);
    return [
      flipped,
      tf.pad(
        whole,
        [
          [1, 0],
          [0, 0],
          [0, 2],
          [0, 0],
        ],
        7,
      ),
      tf.stack([whole, whole]),
    ];
  },
  softmax: (x) => tf.softmax(tf.relu(x)),
  transposes: (x) => [tf.transpose(x, [0, 3, 1, 2]), tf.transpose(x, [3, 2, 1, 0])],
  'orders and copies': (x) => [tf.reverse(x, [1, 3]), tf.tile(x, [1, 2, 1, 3])],
  parts: (x) => [
    ...tf.split(x, 2, 1),
    ...tf.unstack(x, 2),
    tf.stridedSlice(x, [0, 3, 0, 0], [2, 0, 4, 6], [1, -2, 1, 2]),
    tf.stack([x, tf.relu(x)], 2),
  ],
  'mirrored padding': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [2, 0],
        [0, 0],
      ],
      'reflect',
    ),
  'space to batch and back': (x) => {
    const sides = [
      [1, 1],
      [0, 2],
    ];
    return tf.batchToSpaceND(tf.spaceToBatchND(x, [3, 2], sides), [3, 2], sides);
  },
  'values by known positions': (x) => [
    tf.gather(x, positions([3, 0], 'int32'), 1),
    tf.gatherND(x, tf.tensor2d([1, 2, 0, 0], [2, 2], 'int32')),
  ],
  'nearest pixels': (x) => tf.image.resizeNearestNeighbor(x, [7, 3]),
  'crops of boxes that depend on the inputs': (x) =>
    tf.image.cropAndResize(
      x,
      tf.reshape(tf.slice(x, [0, 0, 0, 0], [1, 1, 2, 4]), [2, 4]),
      positions([1, 0], 'int32'),
      [3, 3],
    ),
  'products of matrices that depend on the inputs': (x) => {
    const y = tf.relu(x);
    return [
      tf.matMul(x, y, false, true),
      tf.matMul(x, y, true),
      tf.matMul(y, tf.slice(y, 0, 1), true),
    ];
  },
};

/** Models with kernels that are called again, because their results are not on the heap. */
const called: Record<string, readonly [Model, hostSteps: Record<string, number>]> = {
  'the greatest values': [
    (x) => {
      const { values, indices } = tf.topk(tf.relu(x), 3);
      return [values, indices, tf.gather(tf.reshape(x, [-1]), tf.reshape(indices, [-1]))];
    },
    { TopK: 1 },
  ],
};

function repeats(model: Model, hostSteps: Readonly<Record<string, number>>): Promise<void> {
  return leavingNothing(async () => {
    const make = () => tf.randomUniform([2, 4, 4, 6], 0.1, 0.9);
    const run = (x: tf.Tensor) => tf.tidy(() => model(x as tf.Tensor4D) as tf.Tensor) as Several;
    const x = make();
    const fast = await capture<tf.Tensor, Several>(run, x);
    expect(fast.info).to.include({ captured: true, reason: null });
    expect(fast.info.hostSteps).to.deep.equal(hostSteps);
    await expectReplays(fast, run, make, 3);
    fast.dispose();
    x.dispose();
  });
}

describe('capture on tiled-cpu does again on the heap', () => {
  for (const [name, model] of Object.entries(onHeap)) it(name, () => repeats(model, {}));
});

describe('capture on tiled-cpu calls again', () => {
  for (const [name, [model, hostSteps]] of Object.entries(called)) {
    it(name, () => repeats(model, hostSteps));
  }
});

describe('a recorded gather on tiled-cpu', () => {
  it('refuses positions that are outside when they come to be', () =>
    leavingNothing(async () => {
      const model = (x: tf.Tensor) => tf.tidy(() => tf.gather(tf.relu(tf.tensor1d([1, 2, 3])), x));
      const x = tf.tensor1d([0, 2], 'int32');
      const fast = await capture(model, x);
      expect(fast.info).to.include({ captured: true, reason: null });
      const wrong = tf.tensor1d([1, 3], 'int32');
      expect(() => fast.predict(wrong)).to.throw('GatherV2: the index value 3 is not in [0, 2]');
      const y = fast.predict(x);
      expect([...y.dataSync()]).to.deep.equal([1, 3]);
      tf.dispose([x, wrong, y]);
      fast.dispose();
    }));
});
