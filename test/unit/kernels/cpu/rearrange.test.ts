import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import { describeLikeStock, kernel, special, t } from './likeStock.js';

const named = (
  calls: readonly (readonly [string, () => tf.Tensor | tf.Tensor[]])[],
): Record<string, () => tf.Tensor | tf.Tensor[]> => Object.fromEntries(calls);

const permutations: readonly (readonly [shape: number[], perm: number[]])[] = [
  [[], []],
  [[7], [0]],
  [
    [5, 9],
    [1, 0],
  ],
  [
    [67, 41],
    [1, 0],
  ],
  [
    [4, 4],
    [1, 0],
  ],
  [
    [2, 6, 7, 5],
    [0, 3, 1, 2],
  ],
  [
    [2, 5, 6, 7],
    [0, 2, 3, 1],
  ],
  [
    [2, 3, 33, 3],
    [0, 3, 1, 2],
  ],
  [
    [3, 4, 2, 5],
    [2, 1, 0, 3],
  ],
  [
    [3, 4, 2, 5],
    [3, 2, 1, 0],
  ],
  [
    [2, 3, 2, 5, 4, 6],
    [5, 3, 1, 0, 2, 4],
  ],
  [
    [2, 3, 2, 5, 4, 6],
    [0, 1, 3, 2, 5, 4],
  ],
  [
    [3, 0, 4],
    [2, 1, 0],
  ],
];

describeLikeStock(
  'transposes',
  named(
    permutations.map(([shape, perm]) => [
      `[${shape}] to [${perm}]`,
      () => tf.transpose(t(shape), perm),
    ]),
  ),
);

describeLikeStock('rearrangements', {
  'reverse of rank 0 to 6': () => [
    tf.reverse(tf.scalar(3)),
    tf.reverse(t([11])),
    tf.reverse(t([3, 18]), 1),
    tf.reverse(t([3, 18]), 0),
    tf.reverse(t([2, 3, 4, 5]), [0, 2, 3]),
    kernel(tf.Reverse, { x: t([2, 1, 3, 2, 3, 5]) }, { dims: [1, 2, -1] }),
    tf.reverse(special([7, 9], true)),
    tf.reverse(t([0, 3])),
    tf.reverse(tf.cast(t([5]), 'int32')),
  ],
  tile: () => [
    tf.tile(t([3]), [4]),
    tf.tile(t([5, 1]), [2, 9]),
    tf.tile(t([2, 3, 4]), [3, 1, 2]),
    kernel(tf.Tile, { x: t([2, 1, 2, 1, 2, 3]) }, { reps: [1, 2, 2, 1, 3, 2] }),
    tf.tile(t([2, 3]), [0, 1]),
    tf.tile(tf.cast(t([3]), 'int32'), [2]),
  ],
  'space to batch and back': () => {
    const x = t([2, 4, 6, 3]);
    const odd = t([1, 5, 7, 5], 2);
    const parts = tf.spaceToBatchND(
      x,
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    );
    const padded = tf.spaceToBatchND(
      odd,
      [2, 3],
      [
        [1, 2],
        [0, 2],
      ],
    );
    return [
      parts,
      padded,
      tf.batchToSpaceND(
        parts,
        [2, 3],
        [
          [0, 0],
          [0, 0],
        ],
      ),
      tf.batchToSpaceND(
        padded,
        [2, 3],
        [
          [1, 2],
          [0, 2],
        ],
      ),
      tf.spaceToBatchND(t([2, 4]), [2], [[0, 0]]),
    ];
  },
  'depth to space': () => [
    tf.depthToSpace(t([2, 3, 5, 4]) as tf.Tensor4D, 2, 'NHWC'),
    tf.depthToSpace(t([1, 2, 3, 36]) as tf.Tensor4D, 3, 'NHWC'),
  ],
});

describeLikeStock('parts', {
  'strided slices': () => [
    tf.stridedSlice(t([9, 7]), [1, 0], [9, 7], [2, 3]),
    tf.stridedSlice(t([9, 7]), [8, 6], [0, 1], [-1, -2]),
    tf.stridedSlice(t([9]), [8], [-10], [-1]),
    tf.stridedSlice(t([4, 5, 6]), [1, 2], [3, 4], [1, 1], 0, 0, 0, 0, 2),
    tf.stridedSlice(t([4, 5, 6]), [1, 2, 1], [3, 4, 5], [1, 1, 2], 1, 2, 0, 0, 0),
    tf.stridedSlice(t([4, 5, 6]), [0, 0, 1], [0, 1, 6], [1, 1, 2], 0, 0, 1, 2, 0),
    tf.stridedSlice(t([4, 5]), [2, 0], [2, 5], [1, 2]),
    tf.stridedSlice(t([4, 5]), [0, 0], [4, 5], [1, 1]),
  ],
  'split into equal and other parts': () => [
    ...tf.split(t([6, 4]), 3),
    ...tf.split(t([2, 7, 3]), [1, 4, 2], 1),
    ...tf.split(t([3, 5]), [0, -1, 3], 1),
    ...tf.split(tf.cast(t([6]), 'int32'), 2),
  ],
  'unstack of each axis': () => [
    ...tf.unstack(t([3, 4, 5]), 0),
    ...tf.unstack(t([3, 4, 5]), 1),
    ...tf.unstack(t([3, 4, 5]), -1),
    ...tf.unstack(t([2])),
    ...tf.unstack(t([2, 0, 3])),
    ...tf.unstack(t([0, 2])),
  ],
  stack: () => [
    tf.stack([t([3, 4]), t([3, 4], 2)]),
    tf.stack([t([3, 4]), t([3, 4], 2), t([3, 4], 3)], 2),
    tf.stack([tf.scalar(1), tf.scalar(2)]),
    tf.stack([t([5])], 1),
    tf.stack([t([0, 2]), t([0, 2])], -1),
  ],
  'concat of rank 6': () => [
    kernel(tf.Concat, [t([2, 1, 2, 3, 1, 4]), t([2, 1, 2, 2, 1, 4], 2)], { axis: 3 }),
    tf.concat([t([0, 3]), t([2, 3])]),
    tf.concat([t([0, 3]), t([0, 3])], 1),
  ],
  'mirrored padding': () =>
    (['reflect', 'symmetric'] as const).flatMap((mode) => [
      tf.mirrorPad(t([5]), [[3, 2]], mode),
      tf.mirrorPad(
        t([3, 19]),
        [
          [2, 1],
          [0, 18],
        ],
        mode,
      ),
      tf.mirrorPad(
        t([2, 4, 5, 3]),
        [
          [0, 0],
          [1, 3],
          [2, 2],
          [0, 0],
        ],
        mode,
      ),
      tf.mirrorPad(tf.cast(t([4]), 'int32'), [[1, 1]], mode),
    ]),
  'padding of rank 6': () => [
    kernel(
      tf.PadV2,
      { x: t([1, 2, 1, 3, 2, 2]) },
      {
        paddings: [
          [1, 0],
          [0, 1],
          [0, 0],
          [2, 1],
          [0, 0],
          [1, 1],
        ],
        constantValue: NaN,
      },
    ),
    tf.pad(
      tf.zeros([2, 0]),
      [
        [1, 1],
        [2, 0],
      ],
      3,
    ),
  ],
});

const whole = (shape: number[]) => tf.cast(t(shape), 'int32');

describeLikeStock('moves of whole numbers', {
  'of each kind': () => [
    tf.transpose(whole([5, 9]), [1, 0]),
    tf.reverse(whole([3, 7]), 1),
    tf.tile(whole([2, 3]), [2, 2]),
    tf.slice(whole([4, 5]), [1, 2], [2, 3]),
    tf.stridedSlice(whole([9, 7]), [1, 0], [9, 7], [2, 3]),
    ...tf.split(whole([3, 6]), 2, 1),
    ...tf.unstack(whole([3, 2])),
    tf.stack([whole([3, 2]), whole([3, 2])], 1),
    tf.concat([whole([3, 2]), whole([1, 2])]),
    tf.pad(
      whole([2, 3]),
      [
        [1, 0],
        [0, 2],
      ],
      5,
    ),
    tf.mirrorPad(
      whole([4, 3]),
      [
        [2, 1],
        [0, 1],
      ],
      'reflect',
    ),
    tf.spaceToBatchND(
      whole([1, 3, 4, 2]),
      [2, 2],
      [
        [0, 1],
        [0, 0],
      ],
    ),
    tf.batchToSpaceND(
      whole([4, 2, 2, 1]),
      [2, 2],
      [
        [0, 1],
        [0, 0],
      ],
    ),
    tf.gather(whole([6, 3]), [5, 2]),
    tf.gatherND(whole([6, 3]), tf.tensor2d([[5, 2]], [1, 2], 'int32')),
  ],
  'and of booleans': () => {
    const is = tf.greater(t([3, 4]), tf.scalar(0));
    return [
      tf.transpose(is),
      tf.slice(is, [1, 1], [2, 2]),
      tf.concat([is, is]),
      tf.stack([is, is]),
    ];
  },
});

describeLikeStock('values by positions', {
  'gather along each axis': () => [
    tf.gather(t([6, 5, 4]), [5, 0, 3, 3]),
    tf.gather(t([6, 5, 4]), [4, 0, 1], 1),
    tf.gather(
      t([6, 5, 4]),
      [
        [3, 0],
        [1, 1],
      ],
      2,
    ),
    tf.gather(
      t([2, 5, 3]),
      tf.tensor2d(
        [
          [4, 0, 0],
          [1, 2, 3],
        ],
        [2, 3],
        'int32',
      ),
      1,
      1,
    ),
    tf.gather(t([7, 33]), tf.scalar(4, 'int32')),
    tf.gather(t([6]), tf.tensor1d([], 'int32')),
    tf.gather(tf.cast(t([6]), 'int32'), [5, 2]),
  ],
  'gatherND of values, rows and planes': () => [
    tf.gatherND(
      t([4, 5, 6]),
      tf.tensor2d(
        [
          [3, 4, 5],
          [0, 0, 0],
        ],
        [2, 3],
        'int32',
      ),
    ),
    tf.gatherND(t([4, 5, 6]), tf.tensor3d([[[3, 4]], [[1, 0]]], [2, 1, 2], 'int32')),
    tf.gatherND(t([4, 5, 6]), tf.tensor2d([[2], [2], [0]], [3, 1], 'int32')),
  ],
});

describe('on tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('a strided slice may leave out an axis, which stock forgets when a stride is not 1', () => {
    const y = tf.stridedSlice(
      tf.reshape(tf.range(0, 60), [3, 4, 5]),
      [0, 2, 0],
      [3, 3, 5],
      [1, 1, 2],
      0,
      0,
      0,
      0,
      2,
    );
    expect(y.arraySync()).to.deep.equal([
      [10, 12, 14],
      [30, 32, 34],
      [50, 52, 54],
    ]);
  });

  it('depth to space in NCHW is that in NHWC', () => {
    const x = t([2, 18, 3, 5]) as tf.Tensor4D;
    const y = tf.depthToSpace(x, 3, 'NCHW');
    const last = tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
    const expected = tf.transpose(tf.depthToSpace(last, 3, 'NHWC'), [0, 3, 1, 2]);
    expect(y.arraySync()).to.deep.equal(expected.arraySync());
  });

  for (const [name, work, message] of [
    ['gather', () => tf.gather(t([4, 3]), [1, 4]), 'GatherV2: the index value 4 is not in [0, 3]'],
    ['gather below 0', () => tf.gather(t([4]), [-1]), 'GatherV2: the index value -1 is not in'],
    [
      'gatherND',
      () =>
        tf.gatherND(
          t([4, 3]),
          tf.tensor2d(
            [
              [1, 2],
              [3, 3],
            ],
            [2, 2],
            'int32',
          ),
        ),
      'Invalid indices: 3,3 does not index into 4,3',
    ],
    [
      'strided slice of an axis that is left out',
      () => tf.stridedSlice(t([4, 5]), [7, 0], [8, 5], [1, 2], 0, 0, 0, 0, 1),
      'out of bounds',
    ],
    ['stack', () => tf.stack([t([2]), t([3])]), 'must'],
  ] as const) {
    it(`a wrong call is refused as stock refuses it, and leaves nothing: ${name}`, () => {
      const before = [tf.memory().numTensors, tf.memory().numDataBuffers];
      expect(() => tf.tidy(() => void work())).to.throw(message);
      expect([tf.memory().numTensors, tf.memory().numDataBuffers]).to.deep.equal(before);
    });
  }
});
