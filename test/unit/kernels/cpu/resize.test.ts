import * as tf from '@tensorflow/tfjs-core';
import '../../../../src/index.js';
import { describeLikeStock, special, t } from './likeStock.js';

const modes = [
  [false, false],
  [true, false],
  [false, true],
] as const;

const sizes: readonly (readonly [shape: number[], size: [number, number]])[] = [
  [
    [2, 4, 5, 3],
    [9, 7],
  ],
  [
    [1, 7, 5, 6],
    [3, 2],
  ],
  [
    [1, 4, 5, 1],
    [1, 1],
  ],
  [
    [1, 1, 1, 18],
    [2, 3],
  ],
  [
    [1, 6, 3, 4],
    [6, 3],
  ],
];

const inEachMode = (
  of: (shape: number[], size: [number, number], corners: boolean, half: boolean) => tf.Tensor[],
) =>
  Object.fromEntries(
    sizes.map(([shape, size]) => [
      `from [${shape}] to [${size}]`,
      () => modes.flatMap(([corners, half]) => of(shape, size, corners, half)),
    ]),
  );

describeLikeStock(
  'nearest pixels',
  inEachMode((shape, size, corners, half) => [
    tf.image.resizeNearestNeighbor(t(shape) as tf.Tensor4D, size, corners, half),
    tf.image.resizeNearestNeighbor(tf.cast(t(shape), 'int32') as tf.Tensor4D, size, corners, half),
    tf.image.resizeNearestNeighbor(special(shape, true) as tf.Tensor4D, size, corners, half),
  ]),
);

describeLikeStock(
  'bilinear pixels',
  inEachMode((shape, size, corners, half) => [
    tf.image.resizeBilinear(t(shape) as tf.Tensor4D, size, corners, half),
    tf.image.resizeBilinear(tf.cast(t(shape), 'int32') as tf.Tensor4D, size, corners, half),
  ]),
  32,
);

/** Boxes within an image, partly and fully outside, reversed, of one point, and of no number. */
const boxes = [
  [0, 0, 1, 1],
  [0.1, 0.2, 0.7, 0.6],
  [-0.5, 0.3, 0.4, 1.5],
  [2, 2, 3, 3],
  [0.9, 0.8, 0.1, 0],
  [0.5, 0.5, 0.5, 0.5],
  [NaN, 0, 1, 2],
];

const crop = (
  size: [number, number],
  method: 'bilinear' | 'nearest',
  index: (i: number) => number,
) =>
  tf.image.cropAndResize(
    t([2, 6, 7, 5]) as tf.Tensor4D,
    tf.tensor2d(boxes),
    tf.tensor1d(
      boxes.map((_, i) => index(i)),
      'int32',
    ),
    size,
    method,
    -3.5,
  );

describeLikeStock(
  'crops',
  Object.fromEntries(
    (['bilinear', 'nearest'] as const).map((method) => [
      method,
      () => [
        crop([4, 5], method, (i) => i % 2),
        crop([1, 3], method, (i) => i % 2),
        crop([3, 1], method, () => 0),
        crop([2, 2], method, (i) => i - 2),
      ],
    ]),
  ),
  32,
);
