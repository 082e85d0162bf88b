/** Gradients of kernels, by tf.grad() of tfjs's public ops: the gradient of sum(dy * op(x)). */
import * as tf from '@tensorflow/tfjs-core';
import { ensureGradients } from '../ensureGradient.js';
import type { Bounded } from '../tolerance.js';
import { anything, exactly, inverseRoot, minus, over, plus, sumOf, times } from './bounded.js';
import type { KernelCase } from './kernelCase.js';
import type { Defined, KernelInputs, KernelRow, Operand, Tensors } from './kernelRow.js';
import { matMulRows, outputShape, sizesOf } from './matMul.js';
import { moveRows } from './moves.js';
import { poolRows, windowsOf } from './pool.js';
import { type Between, between, coordinate, nearest, resizeRows } from './resize.js';
import { flatIndex, indicesOf, reader, type Shape, sizeOf } from './shapes.js';

type Index = readonly number[];

/** Adds a term to the gradient of the value at an index. */
type Add = (index: Index, term: Bounded) => void;

/** Defines a gradient of a shape as sums of terms, each added to the value that it belongs to. */
function summed(shape: Shape, visit: (add: Add) => void): Defined {
  const terms: Bounded[][] = Array.from({ length: sizeOf(shape) }, () => []);
  visit((index, term) => terms[flatIndex(shape, index)].push(term));
  const sum = (own: readonly Bounded[]) => (own.length === 1 ? own[0] : sumOf(own));
  return { shape, elements: terms.map(sum) };
}

interface Gradient {
  /** The kernel's own row, whose op is differentiated. */
  readonly forward: KernelRow;
  /** Kernel that a backend must have for the gradient. */
  readonly kernel: string;
  /** Kernels whose gradients tfjs must know. */
  readonly needs: readonly string[];
  output(c: KernelCase): Shape;
  define: KernelRow['define'];
  /** Operands with respect to which there is a gradient, where there are several. */
  readonly wrt?: readonly NonNullable<KernelCase['wrt']>[];
}

function row({ forward, kernel, needs, output, define, wrt }: Gradient): KernelRow {
  const { required = [], optional = [], run, contradiction } = forward;
  return {
    family: 'gradient',
    kernel,
    required: wrt === undefined ? required : [...required, 'wrt'],
    optional: optional.filter((field) => field !== 'type'),
    operands: (c) => [...forward.operands(c), { name: 'dy', shape: output(c) }],
    run(c, tensors) {
      ensureGradients(...needs);
      const name = c.wrt ?? 'x';
      return tf.grad((x) => run(c, { ...tensors, [name]: x }))(tensors[name], tensors.dy);
    },
    define,
    contradiction(c) {
      if (wrt !== undefined && !wrt.includes(c.wrt!)) return `wrt must be ${wrt.join(' or ')}`;
      return contradiction?.(c) ?? null;
    },
  };
}

/** The gradient of a maximum is that of the largest value; of equal ones any may have it. */
function maxPool(c: KernelCase, { x, dy }: KernelInputs): Defined {
  const { shape, inside } = windowsOf(c);
  const [read, readDy] = [reader(x), reader(dy)];
  return summed(x.shape, (add) => {
    for (const index of indicesOf(shape)) {
      const places = inside(index);
      const most = Math.max(...places.map(read));
      const largest = places.filter((place) => read(place) === most);
      const term = largest.length === 1 ? exactly(readDy(index)) : anything;
      for (const place of largest) add(place, term);
    }
  });
}

/** The gradient of a mean is shared by the values that it is of, those inside the image. */
function avgPool(c: KernelCase, { x, dy }: KernelInputs): Defined {
  const { shape, inside } = windowsOf(c);
  const readDy = reader(dy);
  return summed(x.shape, (add) => {
    for (const index of indicesOf(shape)) {
      const places = inside(index);
      const part = over(exactly(readDy(index)), exactly(places.length));
      for (const place of places) add(place, part);
    }
  });
}

/** Weights of source pixels, and of their neighbours where the error of the coordinate may reach. */
function weights({ low, high, part }: Between, before: number): [pixel: number, Bounded][] {
  const found: [number, Bounded][] = [
    [low, minus(exactly(1), part)],
    [high, part],
  ];
  if (part.bound === 0) return found;
  const reached: Bounded = { value: 0, bound: part.bound };
  for (const pixel of [low - 1, high + 1]) {
    if (pixel >= 0 && pixel < before) found.push([pixel, reached]);
  }
  return found;
}

function resizeBilinear(c: KernelCase, { x, dy }: KernelInputs): Defined {
  const [, height, width] = c.in;
  const [, rows, cols] = dy.shape;
  const readDy = reader(dy);
  const across = Array.from({ length: cols }, (_, q) =>
    weights(between(coordinate(c, width, cols, q), width), width),
  );
  return summed(x.shape, (add) => {
    for (const index of indicesOf(dy.shape)) {
      const [n, r, q, d] = index;
      const given = exactly(readDy(index));
      for (const [row, down] of weights(between(coordinate(c, height, rows, r), height), height)) {
        const part = times(given, down);
        for (const [col, weight] of across[q]) add([n, row, col, d], times(part, weight));
      }
    }
  });
}

function resizeNearestNeighbor(c: KernelCase, { x, dy }: KernelInputs): Defined {
  const [, height, width] = c.in;
  const [, rows, cols] = dy.shape;
  const readDy = reader(dy);
  return summed(x.shape, (add) => {
    for (const index of indicesOf(dy.shape)) {
      const [n, r, q, d] = index;
      const [row, lastRow] = nearest(c, coordinate(c, height, rows, r), height);
      const [col, lastCol] = nearest(c, coordinate(c, width, cols, q), width);
      const isCertain = row === lastRow && col === lastCol;
      const term = isCertain ? exactly(readDy(index)) : anything;
      for (const pixel of new Set([row, lastRow])) {
        for (const other of new Set([col, lastCol])) add([n, pixel, other, d], term);
      }
    }
  });
}

function matMul(c: KernelCase, { a, b, dy }: KernelInputs): Defined {
  const { inner } = sizesOf(c);
  const isOfA = c.wrt === 'a';
  const [own, other] = isOfA ? [a, b] : [b, a];
  const [read, readDy] = [reader(other), reader(dy)];
  return summed(own.shape, (add) => {
    for (const index of indicesOf(dy.shape)) {
      const batch = index.slice(0, -2);
      const [row, col] = index.slice(-2);
      for (let k = 0; k < inner; k++) {
        const ofA = [...batch, ...(c.transposeA ? [k, row] : [row, k])];
        const ofB = [...batch, ...(c.transposeB ? [col, k] : [k, col])];
        const [place, from] = isOfA ? [ofA, ofB] : [ofB, ofA];
        add(place, times(exactly(readDy(index)), exactly(read(from))));
      }
    }
  });
}

/** Added to a variance, as a float32 number. */
const EPSILON = 2 ** -10;

const channels = (c: KernelCase): Shape => c.in.slice(-1);

const batchNormForward: KernelRow = {
  family: 'gradient',
  kernel: tf.FusedBatchNorm,
  operands: (c): readonly Operand[] => [
    { name: 'x', shape: c.in },
    { name: 'mean', shape: channels(c) },
    {
      name: 'variance',
      shape: channels(c),
      draw: (next, count) => Float32Array.from({ length: count }, () => 0.25 + next()),
      takes: 'none',
    },
    { name: 'scale', shape: channels(c) },
    { name: 'offset', shape: channels(c) },
  ],
  run: (_, { x, mean, variance, scale, offset }: Tensors) =>
    tf.batchNorm(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      EPSILON,
    ),
  define: () => {
    throw new Error('Only the gradient of batchNorm is defined.');
  },
  contradiction: (c) =>
    c.in.length === 4 && !c.in.includes(0) ? null : 'in must have four sizes of at least 1',
};

/** Gradients of (x - mean) / sqrt(variance + epsilon) * scale + offset. */
function batchNorm(c: KernelCase, inputs: KernelInputs): Defined {
  const { x, mean, variance, scale, dy } = inputs;
  const [read, readDy] = [reader(x), reader(dy)];
  return summed(inputs[c.wrt!].shape, (add) => {
    for (const index of indicesOf(x.shape)) {
      const channel = index[index.length - 1];
      const given = exactly(readDy(index));
      const slope = exactly(scale.values[channel]);
      const inverse = inverseRoot(plus(exactly(variance.values[channel]), exactly(EPSILON)));
      const centred = minus(exactly(read(index)), exactly(mean.values[channel]));
      const scaled = times(given, slope);
      const cube = times(times(times(inverse, inverse), inverse), exactly(-0.5));
      const terms = {
        x: times(scaled, inverse),
        mean: times(scaled, times(inverse, exactly(-1))),
        variance: times(times(cube, centred), scaled),
        scale: times(given, times(centred, inverse)),
        offset: given,
      };
      add(c.wrt === 'x' ? index : [channel], terms[c.wrt as keyof typeof terms]);
    }
  });
}

/** Moves each value of dy back. */
function depthToSpace(c: KernelCase, { x, dy }: KernelInputs): Defined {
  const [size] = c.block!;
  const depth = dy.shape[3];
  const readDy = reader(dy);
  return summed(x.shape, (add) => {
    for (const index of indicesOf(dy.shape)) {
      const [n, row, col, d] = index;
      const block = (row % size) * size + (col % size);
      const place = [n, Math.floor(row / size), Math.floor(col / size), block * depth + d];
      add(place, exactly(readDy(index)));
    }
  });
}

const resized = (c: KernelCase): Shape => [c.in[0], ...c.size!, c.in[3]];

function spread(c: KernelCase): Shape {
  const [[size], [batch, height, width, depth]] = [c.block!, c.in];
  return [batch, height * size, width * size, depth / size ** 2];
}

const sameBatches = (c: KernelCase) =>
  c.in.slice(0, -2).join() === c.b!.slice(0, -2).join()
    ? (matMulRows.matMul.contradiction?.(c) ?? null)
    : 'in and b must have the same batches';

export const gradientRows = {
  maxPoolGrad: row({
    ...{ forward: poolRows.maxPool, kernel: tf.MaxPoolGrad, needs: [tf.MaxPool] },
    output: (c) => windowsOf(c).shape,
    define: maxPool,
  }),
  avgPoolGrad: row({
    ...{ forward: poolRows.avgPool, kernel: tf.AvgPoolGrad, needs: [tf.AvgPool, tf.Cast] },
    output: (c) => windowsOf(c).shape,
    define: avgPool,
  }),
  resizeBilinearGrad: row({
    ...{ forward: resizeRows.resizeBilinear, kernel: tf.ResizeBilinearGrad },
    needs: [tf.ResizeBilinear],
    output: resized,
    define: resizeBilinear,
  }),
  resizeNearestNeighborGrad: row({
    ...{ forward: resizeRows.resizeNearestNeighbor, kernel: tf.ResizeNearestNeighborGrad },
    needs: [tf.ResizeNearestNeighbor],
    output: resized,
    define: resizeNearestNeighbor,
  }),
  matMulGrad: row({
    forward: { ...matMulRows.matMul, contradiction: sameBatches },
    ...{ kernel: tf.BatchMatMul, needs: [tf.BatchMatMul], wrt: ['a', 'b'] },
    output: outputShape,
    define: matMul,
  }),
  batchNormGrad: row({
    forward: batchNormForward,
    ...{ kernel: tf.FusedBatchNorm, needs: [tf.FusedBatchNorm, tf.Reshape] },
    wrt: ['x', 'mean', 'variance', 'scale', 'offset'],
    output: (c) => c.in,
    define: batchNorm,
  }),
  // tfjs has no gradient of DepthToSpace, so a backend may refuse.
  depthToSpaceGrad: row({
    ...{ forward: moveRows.depthToSpace, kernel: tf.DepthToSpace, needs: [] },
    output: spread,
    define: depthToSpace,
  }),
} satisfies Record<string, KernelRow>;
