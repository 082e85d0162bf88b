import * as tf from '@tensorflow/tfjs-core';
import '../../../../src/index.js';
import { describeLikeStock, special, t } from './likeStock.js';

/** Shapes with axes along which they are reduced: innermost, outer, in the middle, apart, all. */
const cases: readonly (readonly [shape: number[], axes: number | number[] | undefined])[] = [
  [[], undefined],
  [[1], 0],
  [[37], 0],
  [[5, 3], 1],
  [[5, 33], 1],
  [[33, 5], 0],
  [[7, 39], 0],
  [[2, 9, 21], 1],
  [[2, 17, 3], 1],
  [
    [3, 4, 5, 6],
    [1, 2],
  ],
  [
    [3, 4, 5, 6],
    [0, 3],
  ],
  [
    [3, 1, 5, 6],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 1],
  ],
  [[2, 1, 4], 1],
  [
    [2, 3, 2, 3, 2, 3],
    [1, 2, 4],
  ],
  [[2, 3, 2, 3, 2, 3], undefined],
  [[0, 3], 1],
  [[2, 0], 0],
];

const title = ([shape, axes]: (typeof cases)[number]) =>
  `of [${shape}] along ${axes === undefined ? 'all' : `[${axes}]`}`;

const byCase = (of: (c: (typeof cases)[number], keep: boolean) => tf.Tensor | tf.Tensor[]) =>
  Object.fromEntries(cases.map((c, i) => [title(c), () => of(c, i % 2 === 1)]));

describeLikeStock(
  'sums, means and products',
  byCase(([shape, axes], keep) => {
    const small = tf.div(t(shape, 2), tf.scalar(4));
    return [
      tf.sum(t(shape), axes, keep),
      tf.mean(t(shape), axes, keep),
      tf.prod(small, axes, keep),
      tf.sum(special(shape, true), axes, keep),
      tf.prod(special(shape, true), axes, keep),
    ];
  }),
  // Stock rounds each quotient of a mean, and the terms are up to 5.2.
  64,
);

describeLikeStock(
  'extremes',
  byCase(([shape, axes], keep) =>
    [t(shape), special(shape), special(shape, true)].flatMap((x) => [
      tf.max(x, axes, keep),
      tf.min(x, axes, keep),
    ]),
  ),
);

const single = cases.filter(([shape, axes]) => typeof axes === 'number' && !shape.includes(0));

describeLikeStock(
  'positions of extremes',
  Object.fromEntries(
    single.map(([shape, axis]) => [
      title([shape, axis]),
      () =>
        [t(shape), special(shape), special(shape, true)].flatMap((x) => [
          tf.argMax(x, axis as number),
          tf.argMin(x, axis as number),
        ]),
    ]),
  ),
);

describeLikeStock(
  'booleans',
  byCase(([shape, axes], keep) => {
    const few = tf.greater(t(shape), tf.scalar(4.5));
    const most = tf.greater(t(shape), tf.scalar(-5));
    return [few, most].flatMap((x) => [tf.all(x, axes, keep), tf.any(x, axes, keep)]);
  }),
);

describeLikeStock(
  'reductions of int32 and bool',
  byCase(([shape, axes], keep) => {
    const x = tf.cast(tf.mul(t(shape), tf.scalar(3e8)), 'int32');
    const small = tf.cast(t(shape), 'int32');
    const is = tf.greater(t(shape), tf.scalar(0));
    return [
      ...[tf.sum(x, axes, keep), tf.max(x, axes, keep), tf.min(x, axes, keep)],
      ...[tf.mean(small, axes, keep), tf.prod(small, axes, keep)],
      ...[tf.sum(is, axes, keep), tf.mean(is, axes, keep), tf.max(is, axes, keep)],
    ];
  }),
  // Stock rounds each quotient of a mean.
  32,
);
