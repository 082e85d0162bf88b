/** Tests of tiled-cpu's kernels between convolutions, against stock 'cpu'. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import { cpuKernels } from '../../../../kernels/cpu/index.js';
import { onUsedHeap, t } from './likeStock.js';

/** Runs the same work on stock 'cpu' and on tiled-cpu. */
async function both(work: () => tf.Tensor): Promise<[tf.Tensor, tf.Tensor]> {
  await tf.setBackend('cpu');
  const stock = work();
  await tf.setBackend('tiled-cpu');
  return [stock, work()];
}

async function agree(work: () => tf.Tensor): Promise<void> {
  const [stock, ours] = await both(work);
  expect(ours.shape).to.deep.equal(stock.shape);
  expect(ours.dtype).to.equal(stock.dtype);
  const [a, b] = [stock.dataSync(), ours.dataSync()];
  for (let i = 0; i < a.length; i++) {
    const isClose =
      Object.is(a[i] + 0, b[i] + 0) || Math.abs(a[i] - b[i]) <= 4e-6 * (1 + Math.abs(a[i]));
    if (!isClose) expect(b[i], `element ${i} of ${b.length}`).to.equal(a[i]);
  }
}

const special = () => tf.tensor1d([NaN, Infinity, -Infinity, -0, 0, 7, -7, 3, 1e-40]);

/** Conv3D of [batch, depth, height, width, channels], of whole numbers, whose sums are exact. */
function conv3d(
  x: number[],
  filter: number[],
  strides: number | [number, number, number],
  pad: 'same' | 'valid',
  dilations: number | [number, number, number] = 1,
) {
  const [values, weights] = [t(x), t(filter, 2)].map((fractions) => tf.round(fractions));
  const w = weights as tf.Tensor5D;
  return tf.conv3d(values as tf.Tensor5D, w, strides, pad, 'NDHWC', dilations);
}

const works: Record<string, () => tf.Tensor> = {
  'add of the same shape': () => tf.add(t([2, 3, 5]), t([2, 3, 5], 2)),
  'add of a bias': () => tf.add(t([2, 4, 4, 7]), t([7], 2)),
  'sub from a bias': () => tf.sub(t([7], 2), t([2, 4, 4, 7])),
  'div by a scalar': () => tf.div(t([3, 5]), tf.scalar(3)),
  'a scalar by a tensor': () => tf.div(tf.scalar(3), t([3, 5])),
  'mul by [n, 1, 1, c] of one image': () => tf.mul(t([1, 4, 4, 6]), t([1, 1, 1, 6], 2)),
  'mul by [n, 1, 1, c] of two images': () => tf.mul(t([2, 4, 4, 6]), t([2, 1, 1, 6], 2)),
  'mul by [n, h, w, 1]': () => tf.mul(t([2, 4, 3, 6]), t([2, 4, 3, 1], 2)),
  'an outer product': () => tf.mul(t([4, 1]), t([1, 5], 2)),
  'maximum with special values': () => tf.maximum(special(), tf.scalar(1)),
  'minimum with special values': () => tf.minimum(tf.scalar(1), special()),
  'add of int32': () => tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32')),
  'add of nothing': () => tf.add(tf.zeros([0, 3]), tf.zeros([3])),
  'relu of special values': () => tf.relu(special()),
  'relu6 of special values': () => tf.relu6(special()),
  'clip of special values': () => tf.clipByValue(special(), -2, 5),
  'leakyRelu of special values': () => tf.leakyRelu(special(), 0.3),
  'prelu by channel': () => tf.prelu(t([2, 3, 3, 5]), t([5], 2)),
  'relu of int32': () => tf.relu(tf.tensor1d([-1, 2], 'int32')),
  'sigmoid of special values': () => tf.sigmoid(special()),
  'elu of special values': () => tf.elu(special()),
  'tanh of special values': () => tf.tanh(special()),
  'exp of special values': () => tf.exp(special()),
  'an einsum of tokens and a weight': () =>
    tf.einsum('abc,cde->abde', t([2, 5, 6]), t([6, 3, 4], 2)),
  'an einsum of scores': () => tf.einsum('aecd,abcd->acbe', t([2, 5, 3, 4]), t([2, 7, 3, 4], 2)),
  'an einsum of scores and values': () =>
    tf.einsum('acbe,aecd->abcd', t([2, 3, 7, 5]), t([2, 5, 3, 4], 2)),
  'an einsum of two axes': () => tf.einsum('abcd,cde->abe', t([2, 5, 3, 4]), t([3, 4, 7], 2)),
  'an einsum of transposed matrices': () => tf.einsum('ki,jk->ji', t([3, 4]), t([5, 3], 2)),
  'an einsum of rows': () => tf.einsum('ij,ij->i', t([5, 3]), t([5, 3], 2)),
  'an einsum of all': () => tf.einsum('ij,ji->', t([5, 3]), t([3, 5], 2)),
  'an einsum without a sum': () => tf.einsum('ij,jk->ijk', t([5, 3]), t([3, 4], 2)),
  'an einsum of one tensor': () => tf.einsum('ij->j', t([5, 3])),
  'Conv3D with padding': () => conv3d([2, 4, 5, 6, 3], [3, 3, 3, 3, 5], 1, 'same'),
  'Conv3D with strides': () => conv3d([1, 7, 8, 9, 4], [3, 2, 3, 4, 6], [2, 3, 1], 'same'),
  'Conv3D with dilations': () => conv3d([1, 6, 7, 5, 1], [2, 3, 2, 1, 4], 1, 'valid', [3, 2, 2]),
  'Conv3D of one depth': () => conv3d([2, 3, 5, 6, 2], [1, 3, 3, 2, 3], [2, 1, 1], 'valid'),
  'Conv3D of single voxels': () => conv3d([1, 3, 4, 5, 6], [1, 1, 1, 6, 7], 1, 'same'),
  'Conv3D along depth': () => conv3d([1, 9, 2, 2, 3], [5, 1, 1, 3, 4], [2, 1, 1], 'same'),
  'Conv3D of nothing': () => conv3d([0, 3, 4, 5, 6], [1, 1, 1, 6, 7], 1, 'same'),
  'convolution by a stride above the filter': () =>
    tf.conv2d(t([2, 7, 8, 3]) as tf.Tensor4D, t([2, 1, 3, 5], 2) as tf.Tensor4D, 3, 'same'),
  'convolution of NCHW': () =>
    tf.conv2d(t([1, 3, 7, 8]) as tf.Tensor4D, t([3, 3, 3, 5], 2) as tf.Tensor4D, 1, 1, 'NCHW'),
  'convolution that rounds up': () =>
    tf.conv2d(
      t([1, 6, 6, 3]) as tf.Tensor4D,
      t([3, 3, 3, 5], 2) as tf.Tensor4D,
      2,
      0,
      'NHWC',
      1,
      'ceil',
    ),
  'depthwise convolution': () =>
    tf.depthwiseConv2d(
      t([2, 7, 8, 6]) as tf.Tensor4D,
      t([3, 3, 6, 1], 2) as tf.Tensor4D,
      2,
      'same',
    ),
  'transposed convolution by a stride above the filter': () =>
    tf.conv2dTranspose(
      t([1, 3, 4, 5]) as tf.Tensor4D,
      t([2, 2, 6, 5], 2) as tf.Tensor4D,
      [1, 9, 12, 6],
      3,
      'same',
    ),
  ...Object.fromEntries(
    [
      [1, 2, 2],
      [3, 2, 2],
      [5, 2, 3],
      [9, 3, 1],
    ].map(([channels, height, width]) => [
      `transposed convolution without overlap, to ${channels} channels by ${height}x${width}`,
      () =>
        tf.conv2dTranspose(
          t([2, 3, 4, 5]) as tf.Tensor4D,
          t([height, width, channels, 5], 2) as tf.Tensor4D,
          [2, 3 * height, 4 * width, channels],
          [height, width],
          'valid',
        ),
    ]),
  ),
  ...Object.fromEntries(
    [2, 3, 4, 5, 8].flatMap((height) =>
      (['same', 'valid'] as const).map((pad) => [
        `depthwise convolution of ${height} rows, ${pad}`,
        () =>
          tf.depthwiseConv2d(
            t([2, height + 1, 6, 7]) as tf.Tensor4D,
            t([3, 3, 7, 1], 2) as tf.Tensor4D,
            1,
            pad,
          ),
      ]),
    ),
  ),
  ...Object.fromEntries(
    [1, 3, 8, 19].map((inner) => [
      `mean and sum over pixels of ${inner} channels`,
      () =>
        tf.concat([tf.mean(t([2, 5, 7, inner]), [1, 2]), tf.sum(t([2, 5, 7, inner], 3), [1, 2])]),
    ]),
  ),
  ...Object.fromEntries(
    [1, 3, 6, 21].map((channels) => [
      `pad, concat and slice of ${channels} channels`,
      () => {
        const x = t([2, 3, 4, channels]);
        const none: [number, number] = [0, 0];
        const padded = tf.pad(x, [none, [1, 0], [0, 2], [0, 3]]);
        const joined = tf.concat([padded, t([2, 4, 6, 2], 2)], 3);
        return tf.slice(joined, [0, 1, 1, 0], [2, 3, 4, channels + 4]);
      },
    ]),
  ),
  'convolution with sigmoid': () =>
    tf.fused.conv2d({
      x: t([1, 4, 5, 6]) as tf.Tensor4D,
      filter: t([3, 3, 6, 7], 2) as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      bias: t([7], 3),
      activation: 'sigmoid',
    }),
  'batch norm': () =>
    tf.batchNorm(t([2, 3, 3, 6]), t([6], 2), tf.abs(t([6], 3)), t([6], 4), t([6], 5), 0.01),
  'batch norm without scale': () => tf.batchNorm(t([4, 5]), t([5], 2), tf.abs(t([5], 3))),
  'comparisons that broadcast': () =>
    tf.logicalXor(tf.greater(t([2, 3, 4]), t([3, 1], 2)), tf.lessEqual(t([4], 3), t([2, 1, 1], 4))),
  'where of float32': () => tf.where(tf.greater(t([3, 7]), 0), t([3, 7], 2), t([1, 7], 3)),
  'where of int32': () =>
    tf.where(tf.less(t([9]), 0), tf.range(0, 9, 1, 'int32'), tf.range(9, 18, 1, 'int32')),
  'where of bool': () =>
    tf.where(tf.less(t([37]), 0), tf.greater(t([37], 2), 0), tf.greater(t([37], 3), 0)),
  'where of two types': () => tf.where(tf.less(t([9]), 0), t([9], 2), tf.range(9, 18, 1, 'int32')),
  'sum of three tensors': () => tf.addN([t([3, 5]), t([3, 5], 2), t([3, 5], 3)]),
  'sum of int32 tensors': () => tf.addN([tf.range(0, 5, 1, 'int32'), tf.range(7, 12, 1, 'int32')]),
  'floorDiv of int32 by 0': () =>
    tf.floorDiv(tf.tensor1d([7, -7, 0], 'int32'), tf.tensor1d([0, 0, 0], 'int32')),
  'mod of int32': () =>
    tf.mod(tf.tensor1d([7, -7, 7, -7], 'int32'), tf.tensor1d([3, 3, -3, -3], 'int32')),
  'floor, then sums of int32': () => tf.add(tf.cast(tf.floor(t([40])), 'int32'), 3),
  ...Object.fromEntries(
    (['float32', 'int32', 'bool'] as const).flatMap((from) =>
      (['float32', 'int32', 'bool'] as const).map((to) => [
        `cast of ${from} to ${to}`,
        () =>
          tf.cast(
            from === 'float32'
              ? tf.concat([special(), tf.tensor1d([2.7, -2.7, 3e9, -5e9, 1e30])])
              : tf.tensor1d([0, 1, 1, 0, 1, 0, 0, 1, 1], from),
            to,
          ),
      ]),
    ),
  ),
  'batch norm by values of rank 4': () =>
    tf.batchNorm4d(
      t([2, 3, 3, 4]) as tf.Tensor4D,
      t([2, 3, 3, 4], 2) as tf.Tensor4D,
      tf.abs(t([2, 3, 3, 4], 3)) as tf.Tensor4D,
      t([2, 3, 3, 4], 4) as tf.Tensor4D,
      t([2, 3, 3, 4], 5) as tf.Tensor4D,
    ),
  'batch norm of whole tensors': () =>
    tf.batchNorm(t([2, 3, 3, 4]), t([2, 3, 3, 4], 2), tf.abs(t([2, 3, 3, 4], 3))),
  'pad of height and width': () =>
    tf.pad(
      t([2, 3, 4, 5]),
      [
        [0, 0],
        [1, 2],
        [2, 0],
        [0, 0],
      ],
      1.5,
    ),
  'pad of channels': () =>
    tf.pad(t([2, 3, 4, 5]), [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 3],
    ]),
  'pad by nothing': () =>
    tf.pad(t([2, 3]), [
      [0, 0],
      [0, 0],
    ]),
  'concat of channels': () => tf.concat([t([2, 3, 4, 5]), t([2, 3, 4, 17], 2)], 3),
  'concat of rows': () => tf.concat([t([2, 3]), t([0, 3]), t([4, 3], 2)], 0),
  'slice of rows and channels': () => tf.slice(t([3, 4, 5, 18]), [1, 0, 2, 1], [2, 4, 3, 17]),
  'slice of all': () => tf.slice(t([3, 4]), [0, 0], [3, 4]),
  transpose: () => tf.transpose(t([2, 3, 4, 5]), [0, 3, 1, 2]),
  'transpose with kept channels': () => tf.transpose(t([2, 3, 4, 20]), [1, 0, 2, 3]),
  depthToSpace: () => tf.depthToSpace(t([2, 3, 4, 36]) as tf.Tensor4D, 3, 'NHWC'),
  'max pool': () => tf.maxPool(t([2, 7, 9, 6]) as tf.Tensor4D, 3, 2, 'same'),
  'max pool of NaN': () =>
    tf.maxPool(tf.reshape(special(), [1, 3, 3, 1]) as tf.Tensor4D, 2, 1, 'same'),
  'avg pool with padding': () => tf.avgPool(t([1, 7, 7, 5]) as tf.Tensor4D, 3, 1, 'same'),
  'avg pool rounded up': () => tf.avgPool(t([1, 6, 6, 4]) as tf.Tensor4D, 3, 2, 0, 'ceil'),
  'dilated max pool': () =>
    tf.pool(t([1, 9, 9, 4]) as tf.Tensor4D, 3, 'max', 'valid', 2) as tf.Tensor,
  'mean of pixels': () => tf.mean(t([2, 5, 5, 6]), [1, 2], true),
  'mean of all': () => tf.mean(t([2, 5, 5, 6])),
  'sum of the outer axes': () => tf.sum(t([2, 5, 3]), [0, 2]),
  'sum of the last axis': () => tf.sum(t([2, 5, 3]), -1),
  'bilinear upwards': () => tf.image.resizeBilinear(t([2, 4, 5, 6]) as tf.Tensor4D, [9, 7]),
  'bilinear with corners': () =>
    tf.image.resizeBilinear(t([1, 4, 5, 3]) as tf.Tensor4D, [7, 3], true),
  'bilinear by half pixels': () =>
    tf.image.resizeBilinear(t([1, 4, 5, 9]) as tf.Tensor4D, [6, 8], false, true),
  matMul: () => tf.matMul(t([7, 20]), t([20, 13], 2)),
  'matMul of a vector': () => tf.matMul(t([1, 33]), t([33, 10], 2)),
  'matMul, transposed': () => tf.matMul(t([20, 7]), t([13, 20], 2), true, true),
  'matMul in batches': () => tf.matMul(t([3, 4, 5]), t([3, 5, 2], 2)),
  'fused matMul': () =>
    tf.fused.matMul({
      a: t([6, 20]) as tf.Tensor2D,
      b: t([20, 12], 2) as tf.Tensor2D,
      bias: t([12], 3),
      activation: 'sigmoid',
    }),
};

describe('tiled-cpu between convolutions equals stock cpu:', () => {
  for (const [name, work] of Object.entries(works)) it(name, () => agree(work));
});

describe('tiled-cpu between convolutions, in memory that was used before', () => {
  it('equals stock cpu', () =>
    onUsedHeap(async () => {
      for (const work of Object.values(works)) await agree(work);
    }));
});

describe("the list of tiled-cpu's kernels", () => {
  it('has each of them once', () => {
    const names = cpuKernels.map(({ kernelName }) => kernelName);
    expect(new Set(names).size).to.equal(names.length);
  });
});
