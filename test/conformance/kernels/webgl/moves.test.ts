/** Tests of blocks of nets that rearrange tensors between convolutions: none leaves the planes. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import {
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [1, 4, 6, 8];

/** Returns a filter of small whole numbers. */
function filter(size: number, inChannels: number, outChannels: number): tf.Tensor4D {
  const shape: Shape4 = [size, size, inChannels, outChannels];
  return tf.tensor4d(
    wholeNumbers(shape).map((v) => v % 3),
    shape,
  );
}

function pointwise(x: tf.Tensor4D, outChannels = 8): tf.Tensor4D {
  return tf.conv2d(x, filter(1, x.shape[3], outChannels), 1, 'valid');
}

/** Returns the number of conversions of any kind between planes, textures and the CPU. */
function conversions(kinds = ['tile', 'untile', 'retile']): number {
  return tiledInfo('tiled-webgl').conversions.reduce(
    (sum, { kernel, kind, count }) =>
      kernel === 'read' || !kinds.includes(kind) ? sum : sum + count,
    0,
  );
}

type Block = (x: tf.Tensor4D) => tf.Tensor;

/** Reshape, transposition and reshape, as graphs write them. */
function shuffled(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const grouped = tf.reshape(x, [n, h, w, groups, c / groups]);
  return tf.reshape(tf.transpose(grouped, [0, 1, 2, 4, 3]), [n, h, w, c]) as tf.Tensor4D;
}

function depthToSpace(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const blocks = tf.transpose(tf.reshape(x, [n, h, w, 2, 2, c / 4]), [0, 1, 3, 2, 4, 5]);
  return tf.reshape(blocks, [n, 2 * h, 2 * w, c / 4]) as tf.Tensor4D;
}

const blocks: Record<string, Block> = {
  'a channel shuffle': (x) => pointwise(shuffled(pointwise(x), 2)),
  'an NCHW net with NHWC convolutions': (x) => {
    const nchw = tf.relu(tf.transpose(pointwise(x), [0, 3, 1, 2]));
    const nhwc = tf.transpose(nchw, [0, 2, 3, 1]) as tf.Tensor4D;
    return tf.transpose(pointwise(nhwc), [0, 3, 1, 2]);
  },
  'a dilated convolution between batches of blocks': (x) => {
    const batches = tf.spaceToBatchND(
      pointwise(x),
      [2, 2],
      [
        [2, 2],
        [2, 2],
      ],
    ) as tf.Tensor4D;
    const convolved = tf.conv2d(batches, filter(3, 8, 4), 1, 'valid');
    return tf.relu(
      tf.batchToSpaceND(
        convolved,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    );
  },
  'reflected borders': (x) =>
    pointwise(
      tf.mirrorPad(
        pointwise(x),
        [
          [0, 0],
          [1, 1],
          [1, 2],
          [0, 0],
        ],
        'reflect',
      ),
    ),
  'blocks of pixels': (x) => pointwise(depthToSpace(pointwise(x, 32))),
  'squeeze and excite': (x) => {
    const map = pointwise(x, 40);
    const scale = tf.relu(pointwise(tf.sum(map, [1, 2], true) as tf.Tensor4D, 40));
    return pointwise(tf.mul(map, tf.minimum(scale, 4)) as tf.Tensor4D);
  },
  'corners of boxes': (x) => {
    const codes = tf.reshape(pointwise(tf.tile(x, [1, 4, 6, 1])), [-1, 4]);
    const [y, h] = tf.split(codes, [1, 3], 1).map((part) => tf.slice(part, [0, 0], [-1, 1]));
    const anchors = tf.reshape(tf.range(0, y.size), y.shape);
    const middle = tf.add(tf.mul(y, 2), anchors);
    const half = tf.div(h, 2);
    return tf.concat([tf.sub(middle, half), tf.add(middle, half)], 1);
  },
  'attention over pixels': (x) => {
    const tokens = tf.reshape(pointwise(x), [1, 24, 8]);
    const across = tf.relu(tf.transpose(tokens, [0, 2, 1]));
    return pointwise(tf.reshape(tf.transpose(across, [0, 2, 1]), shape) as tf.Tensor4D);
  },
};

describe('nets that rearrange tensors in planes', () => {
  before(() => tf.setBackend('tiled-webgl'));

  for (const [name, block] of Object.entries(blocks)) {
    it(`convert nothing: ${name}`, async () => {
      const expected = await onCPU(() => block(tf.tensor4d(wholeNumbers(shape), shape)));
      await leavingNothing(async () => {
        const x = inPlanes(shape);
        const before = conversions();
        const y = tf.tidy(() => block(x));
        expect([...(await y.data())]).to.deep.equal(expected);
        expect(conversions()).to.equal(before);
        tf.dispose([x, y]);
      });
    });
  }

  it('draw nothing to exchange pixels and channels, and share the planes until both are gone', () =>
    leavingNothing(() => {
      const x = inPlanes([2, 3, 5, 8]);
      const y = tf.transpose(x, [0, 3, 1, 2]);
      const { setsInUse } = tiledBackend().device.planes;
      const other = tf.transpose(x, [0, 3, 1, 2]);
      expect(tiledBackend().device.planes.setsInUse).to.equal(setsInUse);
      expect(tiledBackend().runner.placementOf(y)?.format).to.equal('NCHW');
      const back = tf.transpose(y, [0, 2, 3, 1]);
      x.dispose();
      tf.dispose([y, other]);
      expect([...back.dataSync()]).to.deep.equal([...wholeNumbers([2, 3, 5, 8])]);
      expect(tiledBackend().device.planes.setsInUse).to.equal(setsInUse);
      back.dispose();
    }));

  it('move planes by another extent to those of a reshape', () =>
    leavingNothing(async () => {
      const images = inPlanes([1, 4, 6, 8]);
      const before = conversions(['tile', 'untile']);
      const y = tf.tidy(() =>
        tf.maxPool(tf.reshape(images, [1, 8, 3, 8]) as tf.Tensor4D, 2, 1, 'same'),
      );
      expect(conversions(['tile', 'untile'])).to.equal(before);
      const expected = await onCPU(() =>
        tf.maxPool(tf.tensor4d(wholeNumbers([1, 8, 3, 8]), [1, 8, 3, 8]), 2, 1, 'same'),
      );
      await tf.setBackend('tiled-webgl');
      expect([...y.dataSync()]).to.deep.equal(expected);
      tf.dispose([images, y]);
    }));
});
