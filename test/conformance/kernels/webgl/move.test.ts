/** Tests of kernels that only move values: results stay in planes where possible, and are right. */
import { expect } from 'chai';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

type Move = (x: tf.Tensor4D) => tf.Tensor | tf.Tensor[];
type Paddings = [[number, number], [number, number], [number, number], [number, number]];

const shape: Shape4 = [2, 5, 9, 24];

const onlyPixels: Paddings = [
  [0, 0],
  [1, 3],
  [2, 0],
  [0, 0],
];

const inTiles: Record<string, Move> = {
  'concat of two': (x) => tf.concat([x, tf.relu(x)], 3),
  'concat with itself': (x) => tf.concat([x, x], -1),
  'concat of four': (x) => tf.concat([x, tf.relu(x), x, tf.sub(x, 1)], 3),
  'concat with what lies on the CPU': (x) => tf.concat([tf.ones([2, 5, 9, 3]), x], 3),
  'concat of odd channels': (x) =>
    tf.concat([channels(x, 0, 5), channels(x, 5, 9), channels(x, 3, 17)], 3),
  'concat of a tensor in another tile': (x) =>
    tf.concat([x, tf.conv2d(tf.maxPool(x, 1, 1, 'valid'), tf.ones([1, 1, 24, 7]), 1, 'same')], 3),
  'concat with an empty tensor': (x) => tf.concat([x, tf.zeros([2, 5, 9, 0])], 3),
  'concat of one tensor': (x) => tf.concat([x], 3),
  'slice of a batch element': (x) => tf.slice(x, [1, 0, 0, 0], [1, -1, -1, -1]),
  'slice of pixels': (x) => tf.slice(x, [0, 1, 3, 0], [2, 3, 5, 24]),
  'slice of whole slices': (x) => channels(x, 8, 16),
  'slice of everything': (x) => tf.slice(x, [1, 2, 5, 7], [1, 2, 3, 11]),
  'the last value': (x) => tf.slice(x, [1, 4, 8, 23], [1, 1, 1, 1]),
  'split of channels': (x) => tf.split(x, 3, 3),
  'split into odd parts': (x) => tf.split(x, [5, 1, 18], -1),
  'split of rows': (x) => tf.split(x, [2, 3], 1),
  pad: (x) => tf.pad(x, onlyPixels),
  'pad with a constant': (x) => tf.pad(x, onlyPixels, -2.5),
  'pad, reflect': (x) => tf.mirrorPad(x, onlyPixels, 'reflect'),
  'pad, symmetric': (x) => tf.mirrorPad(x, onlyPixels, 'symmetric'),
  'depth to space': (x) => tf.depthToSpace(x, 2, 'NHWC'),
  'depth to space of whole slices': (x) => tf.depthToSpace(channels(x, 8, 16), 2, 'NHWC'),
  'concat of many parts of a slice': (x) => tf.concat(tf.split(channels(x, 0, 6), 6, 3), 3),
  'concat of rows': (x) => tf.concat([x, tf.relu(x)], 1),
  'pad of channels': (x) => tf.pad(x, [...onlyPixels.slice(0, 3), [1, 2]] as Paddings),
  'mirror of batches': (x) =>
    tf.mirrorPad(x, [[1, 0], ...onlyPixels.slice(1)] as Paddings, 'symmetric'),
  'zero padding is inside the tensor for what reads it next': (x) =>
    tf.sub(
      tf.conv2d(tf.pad(x, onlyPixels, 3) as tf.Tensor4D, tf.ones([3, 3, 24, 4]), 1, 'same'),
      1,
    ),
};

/** Moves that stock kernels compute from the planes. */
const byStock: Record<string, Move> = {
  'an empty slice': (x) => tf.slice(x, [0, 0, 0, 0], [2, 5, 0, 24]),
  'split with an empty part': (x) => tf.split(x, [0, 24], 3),
};

function channels(x: tf.Tensor4D, first: number, count: number): tf.Tensor4D {
  return tf.slice(x, [0, 0, 0, first], [-1, -1, -1, count]);
}

function listOf(result: ReturnType<Move>): tf.Tensor[] {
  return Array.isArray(result) ? result : [result];
}

/** Returns stock cpu's results for the same values. */
async function expectedOf(move: Move) {
  await tf.setBackend('cpu');
  const expected = tf.tidy(() =>
    listOf(move(tf.tensor4d(wholeNumbers(shape), shape))).map((y) => ({
      shape: y.shape,
      dtype: y.dtype,
      values: [...y.dataSync()],
    })),
  );
  await tf.setBackend('tiled-webgl');
  return expected;
}

function expectResults(
  results: readonly tf.Tensor[],
  expected: Awaited<ReturnType<typeof expectedOf>>,
): void {
  const actual = results.map((y) => ({
    shape: y.shape,
    dtype: y.dtype,
    values: [...y.dataSync()],
  }));
  expect(actual).to.deep.equal(expected);
}

describe('kernels that move values, on tiled-webgl', () => {
  for (const [name, move] of Object.entries(inTiles)) {
    it(`keep the result in planes: ${name}`, async () => {
      const expected = await expectedOf(move);
      await leavingNothing(() => {
        const x = inPlanes(shape);
        const results = listOf(tf.tidy(() => move(x)));
        expectOnlyInPlanes(x);
        for (const y of results) expectOnlyInPlanes(y);
        expectResults(results, expected);
        tf.dispose([x, ...results]);
      });
    });
  }

  for (const [name, move] of Object.entries(byStock)) {
    it(`are left to the stock kernel: ${name}`, async () => {
      const expected = await expectedOf(move);
      await leavingNothing(() => {
        const x = inPlanes(shape);
        const results = listOf(tf.tidy(() => move(x)));
        for (const y of results) expect(tiledBackend().runner.placementOf(y)).to.equal(null);
        expectResults(results, expected);
        tf.dispose([x, ...results]);
      });
    });
  }

  it('keep NCHW tensors in planes: concat, slice and pad', () =>
    leavingNothing(() => {
      const run = () => {
        const x = tf.tensor4d(wholeNumbers([1, 6, 5, 7]), [1, 6, 5, 7]);
        const y = tf.conv2d(x, tf.ones([1, 1, 6, 6]), 1, 'valid', 'NCHW');
        const parts = [tf.slice(y, [0, 1, 2, 3], [1, 5, 3, 4]), tf.slice(y, 0, [1, 3, 3, 4])];
        return tf.pad(tf.concat(parts, 1), [
          [0, 0],
          [0, 0],
          [2, 0],
          [0, 1],
        ]);
      };
      const y = tf.tidy(run);
      expect(tiledBackend().runner.placementOf(y)?.format).to.equal('NCHW');
      expectOnlyInPlanes(y);
      // Every channel of the convolution is the same sum over the channels of x.
      const sum = (row: number, column: number) =>
        [0, 1, 2, 3, 4, 5].reduce(
          (all, c) => all + ((((c * 5 + row) * 7 + column) * 7) % 31) - 15,
          0,
        );
      const values = y.arraySync() as number[][][][];
      for (const [c, image] of values[0].entries()) {
        for (const [i, row] of image.entries()) {
          for (const [j, value] of row.entries()) {
            const [top, left] = c < 5 ? [2, 3] : [0, 0];
            const wanted = i < 2 || j > 3 ? 0 : sum(top + i - 2, left + j);
            expect(value, `${c}, ${i}, ${j}`).to.equal(wanted);
          }
        }
      }
      y.dispose();
    }));

  it('keep the planes of reshapes between [n, 1, 1, c] and [n, c]', () =>
    leavingNothing(() => {
      const y = inPlanes([3, 1, 1, 10]);
      const matrix = tf.reshape(y, [3, 10]);
      const back = tf.tidy(
        () => tf.expandDims(tf.expandDims(tf.squeeze(matrix), 1), 1) as tf.Tensor4D,
      );
      expect(back.dataId).to.equal(y.dataId);
      expectOnlyInPlanes(back);
      const scaled = tf.relu(back);
      expectOnlyInPlanes(scaled);
      expect(matrix.dataSync()).to.deep.equal(wholeNumbers([3, 1, 1, 10]));
      tf.dispose([y, matrix, back, scaled]);
    }));
});
