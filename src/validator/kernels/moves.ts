/** Kernels that move values and compute nothing: each result is one of the inputs' values. */
import * as tf from '@tensorflow/tfjs-core';
import { integers } from '../random.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelFamily, KernelRow, Tensors } from './kernelRow.js';
import { defined, faultOfAxes, reader, sizeOf } from './shapes.js';

type Index = readonly number[];

/** A move of the values of one tensor. */
interface Move extends Pick<KernelRow, 'kernel' | 'required' | 'optional' | 'contradiction'> {
  readonly family?: KernelFamily;
  op(x: tf.Tensor, c: KernelCase): tf.Tensor;
  shape(c: KernelCase): readonly number[];
  /** Returns the index of the input's value, or the value itself where it comes from nowhere. */
  from(c: KernelCase, index: Index): Index | number;
}

function row({ family = 'rearrange', op, shape, from, ...rest }: Move): KernelRow {
  return {
    ...rest,
    family,
    optional: [...(rest.optional ?? []), 'type'],
    operands: (c) => [{ name: 'x', shape: c.in, dtype: c.type }],
    run: (c, { x }) => op(x, c),
    define: (c, { x }) => {
      const read = reader(x);
      return defined(
        shape(c),
        (index) => {
          const place = from(c, index);
          return typeof place === 'number' ? place : read(place);
        },
        c.type,
      );
    },
  };
}

/** Returns the reason why a list has not one entry an axis, or null. */
function faultOfLength(name: string, list: Index, c: KernelCase, each = 1): string | null {
  const count = c.in.length * each;
  return list.length === count ? null : `${name} must be ${count} numbers`;
}

const before = (pads: Index) => pads.filter((_, i) => i % 2 === 0);

/** Returns the sizes of the axes with their pads. */
function padded(c: KernelCase, sign: 1 | -1 = 1): number[] {
  return c.in.map((size, axis) => size + sign * (c.pads![2 * axis] + c.pads![2 * axis + 1]));
}

function pairs(pads: Index): [number, number][] {
  return before(pads).map((low, axis) => [low, pads[2 * axis + 1]]);
}

const isInside = (index: Index, shape: Index) =>
  index.every((place, axis) => place >= 0 && place < shape[axis]);

/** Mirrors a place that lies outside `size`, about the edge value or between it and its copy. */
function mirrored(place: number, size: number, isAboutEdge: boolean): number {
  const shift = isAboutEdge ? 0 : 1;
  if (place < 0) return -place - shift;
  return place < size ? place : 2 * (size - 1) - place + shift;
}

/** Returns the sizes after the batch of blocks of `block`. */
const blockOf = (c: KernelCase, axis: number) => c.block![axis - 1] ?? 1;

/** Returns the pads of an axis, of which the batch and the axes after the blocks have none. */
function padOf(c: KernelCase, axis: number): readonly [number, number] {
  const at = 2 * (axis - 1);
  return axis === 0 ? [0, 0] : [c.pads![at] ?? 0, c.pads![at + 1] ?? 0];
}

function faultOfBlocks(c: KernelCase): string | null {
  const { block, pads } = c;
  if (block!.includes(0) || block!.length >= c.in.length) return 'block must be positive sizes';
  return pads!.length === 2 * block!.length ? null : `pads must be ${2 * block!.length} numbers`;
}

/** Splits a place of the batch into the image, and the place inside a block along each axis. */
function inBlock(c: KernelCase, place: number, batch: number) {
  const image = place % batch;
  let rest = Math.floor(place / batch);
  const inside = c.block!.map(() => 0);
  for (let axis = inside.length - 1; axis >= 0; axis--) {
    inside[axis] = rest % c.block![axis];
    rest = Math.floor(rest / c.block![axis]);
  }
  return { image, inside };
}

const moves: Readonly<Record<string, Move>> = {
  transpose: {
    family: 'transpose',
    kernel: tf.Transpose,
    required: ['perm'],
    op: (x, c) => tf.transpose(x, [...c.perm!]),
    shape: (c) => c.perm!.map((axis) => c.in[axis]),
    from: (c, index) => c.in.map((_, axis) => index[c.perm!.indexOf(axis)]),
    contradiction: (c) =>
      faultOfLength('perm', c.perm!, c) ?? faultOfAxes('perm', c.perm!, c.in.length),
  },
  pad: {
    kernel: tf.PadV2,
    required: ['pads'],
    optional: ['value'],
    op: (x, c) => tf.pad(x, pairs(c.pads!), c.value),
    shape: padded,
    from: (c, index) => {
      const place = index.map((at, axis) => at - c.pads![2 * axis]);
      return isInside(place, c.in) ? place : Math.fround(c.value ?? 0);
    },
    contradiction: (c) => faultOfLength('pads', c.pads!, c, 2),
  },
  mirrorPad: {
    kernel: tf.MirrorPad,
    required: ['pads', 'mode'],
    op: (x, c) => tf.mirrorPad(x, pairs(c.pads!), c.mode!),
    shape: padded,
    from: (c, index) =>
      index.map((at, axis) => mirrored(at - c.pads![2 * axis], c.in[axis], c.mode === 'reflect')),
    contradiction: (c) => {
      const most = (axis: number) => c.in[axis] - (c.mode === 'reflect' ? 1 : 0);
      return (
        faultOfLength('pads', c.pads!, c, 2) ??
        (c.pads!.some((pad, i) => pad > most(Math.floor(i / 2))) ? 'pads must fit into in' : null)
      );
    },
  },
  slice: {
    kernel: tf.Slice,
    required: ['begin', 'size'],
    op: (x, c) => tf.slice(x, [...c.begin!], [...c.size!]),
    shape: (c) => c.size!,
    from: (c, index) => index.map((at, axis) => at + c.begin![axis]),
    contradiction: (c) =>
      faultOfLength('begin', c.begin!, c) ??
      faultOfLength('size', c.size!, c) ??
      (c.in.some((size, axis) => c.begin![axis] + c.size![axis] > size)
        ? 'begin and size must lie in in'
        : null),
  },
  tile: {
    kernel: tf.Tile,
    required: ['reps'],
    op: (x, c) => tf.tile(x, [...c.reps!]),
    shape: (c) => c.in.map((size, axis) => size * c.reps![axis]),
    from: (c, index) => index.map((at, axis) => at % c.in[axis]),
    contradiction: (c) => faultOfLength('reps', c.reps!, c),
  },
  reverse: {
    kernel: tf.Reverse,
    required: ['axes'],
    op: (x, c) => tf.reverse(x, [...c.axes!]),
    shape: (c) => c.in,
    from: (c, index) =>
      index.map((at, axis) => (c.axes!.includes(axis) ? c.in[axis] - 1 - at : at)),
    contradiction: (c) => faultOfAxes('axes', c.axes!, c.in.length),
  },
  spaceToBatchND: {
    kernel: tf.SpaceToBatchND,
    required: ['block', 'pads'],
    op: (x, c) => tf.spaceToBatchND(x, [...c.block!], pairs(c.pads!)),
    shape: (c) =>
      c.in.map((size, axis) => {
        const [low, high] = padOf(c, axis);
        return axis === 0 ? size * sizeOf(c.block!) : (size + low + high) / blockOf(c, axis);
      }),
    from: (c, index) => {
      const { image, inside } = inBlock(c, index[0], c.in[0]);
      const place = index.map((at, axis) =>
        axis === 0 ? image : at * blockOf(c, axis) + (inside[axis - 1] ?? 0) - padOf(c, axis)[0],
      );
      return isInside(place, c.in) ? place : 0;
    },
    contradiction: (c) => {
      const fits = (size: number, axis: number) =>
        axis === 0 || (size + padOf(c, axis)[0] + padOf(c, axis)[1]) % blockOf(c, axis) === 0;
      return faultOfBlocks(c) ?? (c.in.every(fits) ? null : 'block must divide the padded sizes');
    },
  },
  batchToSpaceND: {
    kernel: tf.BatchToSpaceND,
    required: ['block', 'pads'],
    op: (x, c) => tf.batchToSpaceND(x, [...c.block!], pairs(c.pads!)),
    shape: (c) =>
      c.in.map((size, axis) => {
        const [low, high] = padOf(c, axis);
        return axis === 0 ? size / sizeOf(c.block!) : size * blockOf(c, axis) - low - high;
      }),
    from: (c, index) => {
      const batch = c.in[0] / sizeOf(c.block!);
      const whole = index.map((at, axis) => at + padOf(c, axis)[0]);
      const block = c.block!.reduce((at, size, axis) => at * size + (whole[axis + 1] % size), 0);
      return whole.map((at, axis) =>
        axis === 0 ? block * batch + at : Math.floor(at / blockOf(c, axis)),
      );
    },
    contradiction: (c) => {
      const fault = faultOfBlocks(c);
      if (fault !== null) return fault;
      if (c.in[0] % sizeOf(c.block!) !== 0) return 'block must divide the batch';
      const left = (size: number, axis: number) =>
        size * blockOf(c, axis) - padOf(c, axis)[0] - padOf(c, axis)[1];
      return c.in.every((size, axis) => axis === 0 || left(size, axis) >= 0)
        ? null
        : 'pads crop more than there is';
    },
  },
  depthToSpace: {
    kernel: tf.DepthToSpace,
    required: ['block'],
    op: (x, c) => tf.depthToSpace(x as tf.Tensor4D, c.block![0], 'NHWC'),
    shape: ({ in: [n, h, w, d], block }) => {
      const [size] = block!;
      return [n, h * size, w * size, d / size ** 2];
    },
    from: ({ in: shape, block }, [n, row, col, d]) => {
      const [size] = block!;
      const depth = shape[3] / size ** 2;
      const part = (row % size) * size + (col % size);
      return [n, Math.floor(row / size), Math.floor(col / size), part * depth + d];
    },
    contradiction: (c) => {
      const [size] = c.block!;
      if (c.in.length !== 4 || c.block!.length !== 1) return 'in has four sizes, block one';
      return size > 1 && c.in[3] % size ** 2 === 0
        ? null
        : 'block must be at least 2, and its square divide the channels';
    },
  },
};

/** Returns the name of the i-th concatenated tensor. */
const partName = (i: number) => `x${i}`;

const concat: KernelRow = {
  family: 'rearrange',
  kernel: tf.Concat,
  required: ['axis', 'sizes'],
  optional: ['type'],
  operands: (c) =>
    c.sizes!.map((size, i) => ({
      name: partName(i),
      shape: c.in.map((own, axis) => (axis === c.axis ? size : own)),
      dtype: c.type,
    })),
  run: (c, tensors) =>
    tf.concat(
      c.sizes!.map((_, i) => tensors[partName(i)]),
      c.axis,
    ),
  define: (c, inputs) => {
    const reads = c.sizes!.map((_, i) => reader(inputs[partName(i)]));
    const total = c.sizes!.reduce((a, b) => a + b, 0);
    const shape = c.in.map((size, axis) => (axis === c.axis ? total : size));
    return defined(
      shape,
      (index) => {
        let at = index[c.axis!];
        let part = 0;
        while (at >= c.sizes![part]) at -= c.sizes![part++];
        return reads[part](index.map((place, axis) => (axis === c.axis ? at : place)));
      },
      c.type,
    );
  },
  contradiction: (c) =>
    faultOfAxes('axis', [c.axis!], c.in.length) ??
    (c.in[c.axis!] === c.sizes![0] ? null : 'the first of sizes must be that of in'),
};

const gather: KernelRow = {
  family: 'gather',
  kernel: tf.GatherV2,
  required: ['b', 'axis'],
  optional: ['batchDims', 'type'],
  operands: (c) => [
    { name: 'x', shape: c.in, dtype: c.type },
    {
      name: 'indices',
      shape: c.b!,
      dtype: 'int32',
      takes: 'none',
      draw: (next, count) => integers(next, count, 2 ** 20).map((i) => Math.abs(i) % c.in[c.axis!]),
    },
  ],
  run: (c, { x, indices }: Tensors) =>
    tf.gather(x, indices as tf.Tensor1D, c.axis, c.batchDims ?? 0),
  define: (c, { x, indices }) => {
    const { axis = 0, batchDims = 0, b = [] } = c;
    const [read, readIndex] = [reader(x), reader(indices)];
    const inner = b.length - batchDims;
    const shape = [...c.in.slice(0, axis), ...b.slice(batchDims), ...c.in.slice(axis + 1)];
    return defined(
      shape,
      (index) => {
        const own = index.slice(axis, axis + inner);
        const taken = readIndex([...index.slice(0, batchDims), ...own]);
        return read([...index.slice(0, axis), taken, ...index.slice(axis + inner)]);
      },
      c.type,
    );
  },
  contradiction: (c) => {
    const { axis = 0, batchDims = 0, b = [] } = c;
    if (axis >= c.in.length || c.in[axis] === 0)
      return `axis must have values, below ${c.in.length}`;
    if (batchDims > axis || batchDims > b.length) return 'batch must be at most axis';
    const agree = b.slice(0, batchDims).every((size, i) => size === c.in[i]);
    return agree ? null : 'the first sizes of in and b must agree';
  },
};

const gatherND: KernelRow = {
  family: 'gather',
  kernel: tf.GatherNd,
  required: ['b'],
  optional: ['type'],
  operands: (c) => {
    const axes = c.b!.at(-1)!;
    return [
      { name: 'x', shape: c.in, dtype: c.type },
      {
        name: 'indices',
        shape: c.b!,
        dtype: 'int32',
        takes: 'none',
        draw: (next, count) =>
          integers(next, count, 2 ** 20).map((i, place) => Math.abs(i) % c.in[place % axes]),
      },
    ];
  },
  run: (_, { x, indices }: Tensors) => tf.gatherND(x, indices),
  define: (c, { x, indices }) => {
    const [read, readIndex] = [reader(x), reader(indices)];
    const [outer, axes] = [c.b!.slice(0, -1), c.b!.at(-1)!];
    return defined(
      [...outer, ...c.in.slice(axes)],
      (index) => {
        const own = index.slice(0, outer.length);
        const taken = Array.from({ length: axes }, (_, axis) => readIndex([...own, axis]));
        return read([...taken, ...index.slice(outer.length)]);
      },
      c.type,
    );
  },
  contradiction: (c) => {
    const axes = c.b?.at(-1) ?? 0;
    if (axes < 1 || axes > c.in.length) return `the last size of b must be 1 to ${c.in.length}`;
    return c.in.includes(0) ? 'in must have values' : null;
  },
};

/** The values that tf.topk finds; its one argument is their number. */
const topk: KernelRow = {
  family: 'gather',
  kernel: tf.TopK,
  required: ['args'],
  optional: ['type'],
  operands: (c) => [{ name: 'x', shape: c.in, dtype: c.type }],
  run: (c, { x }) => tf.topk(x, c.args![0]).values,
  define: (c, { x }) => {
    const read = reader(x);
    return defined(
      [...c.in.slice(0, -1), c.args![0]],
      (index) => {
        const [outer, rank] = [index.slice(0, -1), index.at(-1)!];
        const row = Array.from({ length: c.in.at(-1)! }, (_, i) => read([...outer, i]));
        return row.sort((a, b) => b - a)[rank];
      },
      c.type,
    );
  },
  contradiction: (c) => {
    const [k] = c.args!;
    const fits = Number.isInteger(k) && k >= 1 && k <= (c.in.at(-1) ?? 0);
    return fits && !c.in.includes(0) ? null : 'args must be a number of values of a row';
  },
};

export const moveRows: Readonly<Record<string, KernelRow>> = {
  ...Object.fromEntries(Object.entries(moves).map(([name, move]) => [name, row(move)])),
  concat,
  gather,
  gatherND,
  topk,
};
