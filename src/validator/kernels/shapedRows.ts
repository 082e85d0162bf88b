/** Cases of kernels that read neighbours or move values. */

import { activationNames } from '../convCase.js';
import { grid } from '../grid.js';
import type { KernelRows } from './elementwiseRows.js';
import type { KernelCase } from './kernelCase.js';

const IMAGE = [2, 7, 9, 5] as const;
const SMALL = [2, 3, 4, 5] as const;

/** Crosses rows with kernels, and with windows that overlap, touch or leave gaps. */
export function windows<Row extends object, K extends string>(
  rows: Iterable<Row>,
  kernels: readonly K[],
) {
  return grid(rows)
    .combine('kernel', kernels)
    .combine('window', [
      [2, 2],
      [3, 2],
    ] as const)
    .combine('stride', [
      [1, 1],
      [2, 2],
      [3, 1],
    ] as const)
    .combine('pad', ['same', 'valid'] as const);
}

function* pools(): KernelRows {
  const kernels = ['maxPool', 'avgPool'] as const;
  const conv = { from: 'conv' } as const;
  yield* windows([{ in: IMAGE, ...conv }], kernels);
  for (const kernel of kernels) {
    const row = { kernel, in: IMAGE, window: [3, 3], stride: [2, 2], pad: 'same' } as const;
    yield row;
    yield { ...row, in: [1, 1, 1, 4], ...conv };
    yield { ...row, in: [1, 8, 8, 1], window: [8, 8], pad: 'valid' };
    yield { ...row, pad: [1, 2, 0, 3], ...conv };
    for (const rounding of ['floor', 'round', 'ceil'] as const) {
      yield { ...row, pad: 1, window: [2, 2], rounding, ...conv };
    }
    for (const dilation of [
      [2, 2],
      [1, 3],
    ] as const) {
      yield { ...row, window: [2, 2], stride: [1, 1], pad: 'valid', dilation, ...conv };
    }
    yield { ...row, data: 'int', ...conv };
    yield { ...row, data: 'inf' };
    yield { ...row, data: 'huge', ...conv };
    yield { ...row, from: 'slice' };
  }
  const max = { kernel: 'maxPool', in: IMAGE, stride: [1, 1], pad: 'valid' } as const;
  yield { ...max, window: [3, 3], data: 'nan', ...conv };
  yield { ...max, window: [1, 1], data: 'inf', ...conv };
}

function* resizes(): KernelRows {
  for (const kernel of ['resizeBilinear', 'resizeNearestNeighbor']) {
    const row = { kernel, in: SMALL, from: 'conv' } as const;
    for (const size of [
      [6, 8],
      [5, 7],
      [2, 3],
      [1, 1],
      [3, 4],
      [9, 2],
    ]) {
      yield { ...row, size };
      yield { ...row, size, alignCorners: true };
      yield { ...row, size, halfPixelCenters: true };
    }
    yield { ...row, in: [1, 1, 1, 3], size: [3, 4] };
    yield { ...row, in: [1, 5, 6, 1], size: [10, 3], from: undefined };
    yield { ...row, in: [1, 4, 4, 8], size: [8, 8], data: 'int' };
  }
  const nearest = { kernel: 'resizeNearestNeighbor', in: SMALL, size: [6, 8] } as const;
  for (const data of ['inf', 'nan'] as const) yield { ...nearest, data, from: 'conv' };
}

function* products(): KernelRows {
  const flags = [
    {},
    { transposeA: true },
    { transposeB: true },
    { transposeA: true, transposeB: true },
  ];
  const turned = (shape: readonly number[], isTurned: boolean | undefined) =>
    isTurned ? [...shape.slice(0, -2), ...shape.slice(-2).reverse()] : shape;
  for (const flag of flags as Partial<KernelCase>[]) {
    const product = (a: readonly number[], b: readonly number[]) => ({
      kernel: 'matMul',
      in: turned(a, flag.transposeA),
      b: turned(b, flag.transposeB),
      ...flag,
    });
    yield { ...product([3, 7], [7, 5]), from: 'conv' };
    yield product([4, 5], [5, 1]);
    yield { ...product([2, 3, 5], [2, 5, 4]), from: 'conv' };
    yield { ...product([1, 9], [9, 6]), data: 'int', from: 'conv' };
  }
  const row = { kernel: 'matMul', in: [2, 1, 3, 4], b: [5, 4, 2] } as const;
  yield row;
  yield { ...row, in: [3, 4], from: 'conv' };
  yield { ...row, b: [4, 2], from: 'conv' };
  yield { ...row, in: [17, 33], b: [33, 9], from: 'conv' };
  yield { ...row, in: [1, 1], b: [1, 1] };
  yield { ...row, in: [3, 0], b: [0, 2] };
  for (const data of ['inf', 'nan', 'denormal', 'huge'] as const) {
    yield { ...row, in: [4, 6], b: [6, 3], data };
  }
  const fused = { kernel: 'fusedMatMul', in: [3, 7], b: [7, 5], from: 'conv' } as const;
  for (const activation of activationNames) {
    const extra = {
      ...(activation === 'prelu' ? { prelu: [5] } : {}),
      ...(activation === 'leakyrelu' ? { alpha: 0.3 } : {}),
    };
    yield { ...fused, activation, bias: [5], ...extra };
  }
  yield { ...fused, activation: 'linear', from: undefined };
  yield { ...fused, activation: 'relu', bias: [1, 5], data: 'int' };
  yield { ...fused, activation: 'relu6', bias: [], transposeB: true, b: [5, 7] };
  yield { ...fused, activation: 'relu', in: [2, 3, 7], bias: [5] };
}

function* einsums(): KernelRows {
  const row = { kernel: 'einsum', from: 'conv' } as const;
  const scores = {
    ...row,
    equation: 'aecd,abcd->acbe',
    in: [2, 5, 3, 4],
    b: [2, 7, 3, 4],
  } as const;
  yield { ...row, equation: 'abc,cde->abde', in: [2, 5, 6], b: [6, 3, 4] };
  yield scores;
  yield { ...scores, data: 'int' };
  yield { ...scores, data: 'inf' };
  yield { ...row, equation: 'acbe,aecd->abcd', in: [2, 3, 7, 5], b: [2, 5, 3, 4] };
  yield { ...row, equation: 'abcd,cde->abe', in: [2, 5, 3, 4], b: [3, 4, 7] };
  yield { ...row, equation: 'ba,cb->ac', in: [9, 4], b: [5, 9] };
  yield { ...row, equation: 'ab,ab->a', in: [5, 3], b: [5, 3], from: undefined };
  yield { ...row, equation: 'ab,bc->abc', in: [2, 3], b: [3, 4] };
  yield { ...row, equation: 'ab,cb->c', in: [2, 3], b: [4, 3] };
  yield { ...row, equation: 'abc->ca', in: [2, 3, 4] };
}

function* softmaxes(): KernelRows {
  for (const kernel of ['softmax', 'logSoftmax']) {
    yield { kernel, in: [3, 7], from: 'conv' };
    yield { kernel, in: [2, 3, 2, 5], from: 'conv' };
    yield { kernel, in: [1, 33], data: 'wide', from: 'conv' };
    yield { kernel, in: [6] };
    yield { kernel, in: [4, 1] };
    yield { kernel, in: [5, 8], data: 'int' };
    yield { kernel, in: [5, 8], data: 'inf' };
    yield { kernel, in: [5, 8], data: 'nan', from: 'conv' };
    yield { kernel, in: [3, 4], data: 'huge' };
  }
}

/** Every set of axes of rank 4. */
const AXES = Array.from({ length: 15 }, (_, i) =>
  [0, 1, 2, 3].filter((axis) => (i + 1) & (1 << axis)),
);

function* reductions(): KernelRows {
  for (const axes of AXES) {
    yield { kernel: 'sum', in: SMALL, axes, from: 'conv' };
    if (axes.length === 2) yield { kernel: 'max', in: SMALL, axes, keepDims: true, from: 'conv' };
  }
  for (const kernel of ['sum', 'mean', 'prod', 'max', 'min']) {
    yield { kernel, in: SMALL, axes: [1, 2], keepDims: true, from: 'conv' };
    yield { kernel, in: SMALL, axes: [3], from: 'conv' };
    yield { kernel, in: [3, 5] };
    yield { kernel, in: [3, 5], axes: [0] };
    yield { kernel, in: SMALL, axes: [1, 2], data: 'int', from: 'conv' };
    yield { kernel, in: [4, 9], axes: [1], data: 'inf' };
    yield { kernel, in: [1, 6, 7, 3], axes: [1, 2], data: 'nan', from: 'conv' };
    yield { kernel, in: [4, 3], axes: [1], type: 'int32' };
  }
  yield { kernel: 'sum', in: [2, 0], axes: [1] };
  yield { kernel: 'mean', in: [1, 16, 17, 2], axes: [1, 2], from: 'conv' };
  for (const kernel of ['all', 'any']) {
    yield { kernel, in: SMALL, axes: [3], from: 'conv' };
    yield { kernel, in: SMALL, axes: [1, 2], keepDims: true };
    yield { kernel, in: [3] };
  }
  for (const kernel of ['argMax', 'argMin']) {
    for (const axis of [0, 1, 2, 3]) {
      yield { kernel, in: SMALL, axis, data: axis % 2 ? 'int' : undefined, from: 'conv' };
    }
    yield { kernel, in: [4, 9], axis: 1, data: 'inf' };
    yield { kernel, in: [13], axis: 0, data: 'int' };
    yield { kernel, in: [4, 5], axis: 0, type: 'int32' };
  }
}

/** Every order of the axes. */
function orders(axes: readonly number[]): number[][] {
  if (axes.length === 0) return [[]];
  return axes.flatMap((first) =>
    orders(axes.filter((axis) => axis !== first)).map((rest) => [first, ...rest]),
  );
}

function* transposes(): KernelRows {
  const kernel = 'transpose';
  for (const perm of orders([0, 1, 2, 3])) yield { kernel, in: SMALL, perm, from: 'conv' };
  for (const perm of orders([0, 1, 2])) yield { kernel, in: [3, 4, 5], perm };
  yield { kernel, in: [4, 7], perm: [1, 0] };
  yield { kernel, in: [4, 7], perm: [1, 0], from: 'conv' };
  yield { kernel, in: [2, 3, 2, 3, 2], perm: [4, 1, 3, 0, 2] };
  yield { kernel, in: SMALL, perm: [0, 3, 1, 2], data: 'nan', from: 'conv' };
  yield { kernel, in: [4, 7], perm: [1, 0], type: 'int32' };
  yield { kernel, in: [0, 7], perm: [1, 0] };
}

function* gathers(): KernelRows {
  const kernel = 'gather';
  for (const axis of [0, 1, 2, 3]) {
    yield { kernel, in: SMALL, b: [3], axis, from: 'conv' };
    yield { kernel, in: SMALL, b: [2, 2], axis };
  }
  yield { kernel, in: [3, 4, 5], b: [3, 2], axis: 1, batchDims: 1, from: 'conv' };
  yield { kernel, in: [6, 3], b: [], axis: 0 };
  yield { kernel, in: [6, 3], b: [0], axis: 0 };
  yield { kernel, in: [6, 3], b: [4], axis: 0, type: 'int32' };
  yield { kernel, in: SMALL, b: [7], axis: 3, data: 'inf', from: 'conv' };
  yield { kernel: 'gatherND', in: SMALL, b: [3, 2], from: 'conv' };
  yield { kernel: 'gatherND', in: SMALL, b: [2, 3, 4], from: 'conv' };
  yield { kernel: 'gatherND', in: [6, 3], b: [5, 1], type: 'int32' };
  yield { kernel: 'topk', in: SMALL, args: [3], from: 'conv' };
  yield { kernel: 'topk', in: [3, 67], args: [10], data: 'int', from: 'conv' };
  yield { kernel: 'topk', in: [3, 67], args: [67], type: 'int32' };
}

function* rearrangements(): KernelRows {
  const moves: Omit<KernelCase, 'in' | 'seed'>[] = [
    { kernel: 'pad', pads: [0, 0, 1, 2, 0, 3, 0, 0] },
    { kernel: 'pad', pads: [1, 0, 0, 1, 2, 0, 1, 2], value: 0.5 },
    { kernel: 'pad', pads: [0, 0, 0, 0, 0, 0, 0, 3] },
    { kernel: 'mirrorPad', pads: [0, 0, 2, 1, 1, 2, 0, 0], mode: 'reflect' },
    { kernel: 'mirrorPad', pads: [0, 0, 2, 1, 1, 2, 0, 0], mode: 'symmetric' },
    { kernel: 'mirrorPad', pads: [1, 0, 0, 0, 0, 0, 2, 3], mode: 'symmetric' },
    { kernel: 'slice', begin: [0, 1, 1, 0], size: [2, 2, 3, 5] },
    { kernel: 'slice', begin: [0, 0, 0, 3], size: [2, 3, 4, 2] },
    { kernel: 'slice', begin: [1, 0, 2, 1], size: [1, 3, 1, 3] },
    { kernel: 'slice', begin: [0, 0, 0, 0], size: [2, 0, 4, 5] },
    { kernel: 'tile', reps: [1, 2, 3, 1] },
    { kernel: 'tile', reps: [2, 1, 1, 3] },
    { kernel: 'reverse', axes: [1] },
    { kernel: 'reverse', axes: [2, 3] },
    { kernel: 'reverse', axes: [0, 3] },
    { kernel: 'spaceToBatchND', block: [3, 2], pads: [0, 0, 0, 0] },
    { kernel: 'spaceToBatchND', block: [2, 2], pads: [1, 0, 2, 0] },
    { kernel: 'spaceToBatchND', block: [2], pads: [0, 1] },
    { kernel: 'concat', axis: 3, sizes: [5, 3] },
    { kernel: 'concat', axis: 3, sizes: [5, 4, 1, 8] },
    { kernel: 'concat', axis: 2, sizes: [4, 1, 3] },
    { kernel: 'concat', axis: 1, sizes: [3, 2] },
    { kernel: 'concat', axis: 0, sizes: [2, 1] },
  ];
  for (const move of moves) {
    yield { ...move, in: SMALL };
    yield { ...move, in: SMALL, from: 'conv' };
  }
  const others: readonly Omit<KernelCase, 'seed'>[] = [
    { kernel: 'batchToSpaceND', in: [8, 2, 3, 5], block: [2, 2], pads: [0, 0, 0, 0] },
    { kernel: 'batchToSpaceND', in: [6, 2, 3, 3], block: [2, 3], pads: [1, 0, 0, 2] },
    { kernel: 'depthToSpace', in: [2, 3, 4, 8], block: [2] },
    { kernel: 'depthToSpace', in: [1, 2, 3, 20], block: [2] },
    { kernel: 'depthToSpace', in: [1, 3, 2, 9], block: [3] },
    { kernel: 'pad', in: [3, 4], pads: [1, 0, 0, 2], value: -1 },
    { kernel: 'pad', in: [5], pads: [2, 1] },
    { kernel: 'tile', in: [3, 4], reps: [2, 3] },
    { kernel: 'slice', in: [11], begin: [3], size: [7] },
    { kernel: 'concat', in: [3, 4], axis: 1, sizes: [4, 3] },
  ];
  for (const other of others) {
    yield other;
    yield { ...other, from: 'conv' };
  }
  yield { kernel: 'concat', in: [3, 0], axis: 1, sizes: [0, 2] };
  yield { kernel: 'concat', in: [3, 2], axis: 1, sizes: [2, 2], type: 'int32' };
  for (const data of ['inf', 'nan'] as const) {
    yield { kernel: 'pad', in: SMALL, pads: [0, 0, 1, 1, 1, 1, 0, 0], data, from: 'conv' };
    yield { kernel: 'concat', in: SMALL, axis: 3, sizes: [5, 2], data, from: 'conv' };
    yield { kernel: 'depthToSpace', in: [1, 2, 3, 8], block: [2], data, from: 'conv' };
  }
}

/**
 * A row of a sound, for which one texture is too narrow where it has up to 8192 texels across, even with
 * four pixels in each.
 */
const SOUND = [1, 1, 33_001, 2] as const;

function* longRows(): KernelRows {
  const row = { in: SOUND, from: 'conv' } as const;
  yield { ...row, kernel: 'maxPool', window: [1, 4], stride: [1, 4], pad: 'valid' };
  yield { ...row, kernel: 'mean', axes: [1, 2] };
  yield { ...row, kernel: 'pad', pads: [0, 0, 0, 0, 7, 2, 0, 0] };
  yield { ...row, kernel: 'concat', axis: 3, sizes: [2, 3] };
}

export const shaped: Readonly<Record<string, () => KernelRows>> = {
  pools,
  resizes,
  products,
  einsums,
  softmaxes,
  reductions,
  transposes,
  gathers,
  rearrangements,
  longRows,
};
