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
  'attention of several heads': (x) => {
    const tokens = tf.reshape(pointwise(x, 24), [1, 24, 3, 2, 4]);
    const heads = tf.transpose(tokens, [2, 0, 3, 1, 4]);
    const [q, k, v] = tf.split(heads, 3, 0).map((part) => tf.squeeze(part, [0]));
    const mixed = tf.matMul(tf.clipByValue(tf.matMul(q, k, false, true), -1, 1), v);
    return dense(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [1, 24, 8]));
  },
  'patches of pixels, apart and together': (x) => {
    const pairs = tf.transpose(tf.reshape(pointwise(x), [2, 2, 3, 16]), [0, 2, 1, 3]);
    const places = tf.transpose(tf.reshape(pairs, [1, 6, 4, 8]), [0, 2, 1, 3]);
    const tokens = dense(tf.reshape(places, [4, 6, 8]));
    const back = tf.transpose(tf.reshape(tokens, [1, 4, 6, 8]), [0, 2, 1, 3]);
    const rows = tf.transpose(tf.reshape(back, [2, 3, 2, 16]), [0, 2, 1, 3]);
    return pointwise(tf.reshape(rows, shape) as tf.Tensor4D);
  },
  'weights of bins': (x) => {
    const bins = tf.transpose(tf.reshape(pointwise(x), [1, 24, 2, 4]), [0, 2, 3, 1]);
    const sides = tf.reshape(tf.slice(tf.reshape(bins, [1, 8, 24]), [0, 0, 2]), [1, 2, 4, 22]);
    const likely = tf.softmax(tf.mul(tf.transpose(sides, [0, 3, 1, 2]), 100));
    return tf.add(tf.round(tf.conv2d(likely as tf.Tensor4D, filter(1, 4, 3), 1, 'same')), 0);
  },
};

/** Returns tokens times a matrix, in the rows that a converter writes. */
function dense(tokens: tf.Tensor): tf.Tensor {
  const [n, count, width] = tokens.shape;
  const matrix = tf.reshape(filter(1, width, width), [width, width]);
  return tf.reshape(tf.matMul(tf.reshape(tokens, [n * count, width]), matrix), [n, count, width]);
}

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

  it('draw two transpositions and a reshape at once, where the values are needed', () =>
    leavingNothing(async () => {
      const run = (x: tf.Tensor) => {
        const pairs = tf.transpose(tf.reshape(x, [2, 2, 3, 16]), [0, 2, 1, 3]);
        const places = tf.transpose(tf.reshape(pairs, [1, 6, 4, 8]), [0, 2, 1, 3]);
        return tf.reshape(places, shape);
      };
      const expected = await onCPU(() => run(tf.tensor4d(wholeNumbers(shape), shape)));
      const x = inPlanes(shape);
      const { planes } = tiledBackend().device;
      tiledBackend().flush();
      const { setsInUse } = planes;
      const y = tf.tidy(() => run(x));
      expect(planes.setsInUse, 'before').to.equal(setsInUse);
      x.dispose();
      const sum = tf.sum(y);
      expect(planes.setsInUse, 'y in place of x, and the sum').to.equal(setsInUse + 1);
      expect([...y.dataSync()]).to.deep.equal(expected);
      tf.dispose([y, sum]);
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
