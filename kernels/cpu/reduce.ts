/** Kernels that reduce a tensor along some of its axes. */
import {
  All,
  Any,
  ArgMax,
  ArgMin,
  backend_util,
  Max,
  Mean,
  Min,
  Prod,
  Sum,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { bytesOf, type HeapType } from './heapType.js';
import type { CPUKernel, CPURunner } from './kernel.js';
import { makeMoves, moveOf, permuted, viewOf } from './move.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import type { Microkernels } from './shared/functions.js';
import type { Call, SharedWork } from './shared/work.js';
import { sizeOf, stockOr } from './stockOr.js';
import { Type } from './wasm/numbers.js';

/** Reductions by their numbers in wasm/reduce.ts. */
const sums = { sum: 0, product: 1 } as const;
/** Reductions by their numbers in wasm/extremes.ts. */
const extremes = { max: 0, min: 1, argMax: 2, argMin: 3 } as const;

/** Reductions by their numbers in wasm/wholes.ts. */
const wholes = { sum: 0, max: 1, min: 2 } as const;

/** A reduction of x [outer, count, inner] to [outer, inner]. */
interface Reduction {
  /** Order of x's axes if they must be exchanged first; null if not. */
  readonly perm: readonly number[] | null;
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  /** Shape of the result without the reduced axes, and with them. */
  readonly shape: readonly number[];
  readonly keptShape: readonly number[];
}

/** Returns the reduction of x along axes; null if x has no values, or there are no axes. */
function reductionOf(x: TensorInfo, axis: number | number[]): Reduction | null {
  const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  if (axes.length === 0 || x.shape.includes(0)) return null;
  const [shape, reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const keptShape = backend_util.expandShapeToKeepDim(shape, axes);
  const count = sizeOf(reduced);
  const long = axes.filter((at) => x.shape[at] > 1);
  if (long.length === 0) {
    return { perm: null, outer: 1, count: 1, inner: sizeOf(shape), shape, keptShape };
  }
  const [first, last] = [long[0], long[long.length - 1]];
  const areAdjacent = x.shape.every(
    (size, at) => size === 1 || at < first || at > last || long.includes(at),
  );
  if (areAdjacent) {
    const outer = sizeOf(x.shape.slice(0, first));
    const inner = sizeOf(x.shape.slice(last + 1));
    return { perm: null, outer, count, inner, shape, keptShape };
  }
  const others = x.shape.map((_, at) => at).filter((at) => !axes.includes(at));
  return { perm: [...others, ...axes], outer: sizeOf(shape), count, inner: 1, shape, keptShape };
}

/** Returns the call that reduces x to y; `width` is the number of values from one row of x to the next. */
type Reduce = (x: number, y: number, sizes: Sizes, width: number) => Call;

type Sizes = Pick<Reduction, 'outer' | 'count' | 'inner'>;

/** A way to reduce tensors of some types to those of another. */
interface Way {
  readonly from: readonly HeapType[];
  /** Type to which values are converted first, unless they have it. */
  readonly as: HeapType;
  readonly to: HeapType;
  readonly reduce: Reduce;
}

/** Calls `reduce` with the address of x's values, converted and in the order of the reduction. */
function withOrdered(
  backend: CPURunner,
  micro: Microkernels,
  x: TensorInfo,
  as: HeapType,
  perm: Reduction['perm'],
  reduce: (address: number) => void,
): void {
  const from = backend.address(x);
  const length = sizeOf(x.shape);
  const order = (address: number) => {
    if (perm === null) reduce(address);
    else {
      backend.withBlock(4 * length, (ordered) => {
        makeMoves(backend, micro, [moveOf(address, permuted(viewOf(x.shape), perm), ordered)]);
        reduce(ordered);
      });
    }
  };
  if (x.dtype === as) order(from);
  else {
    backend.withBlock(bytesOf(as) * length, (converted) => {
      const type = Type[x.dtype as HeapType];
      backend.stepInParts(micro, {
        length,
        grain: 1,
        effort: effort.value,
        y: converted,
        whole: [],
        blocks: [converted],
        call: (first, some) => [
          'cast',
          type,
          Type[as],
          from + first * bytesOf(x.dtype as HeapType),
          converted + first * bytesOf(as),
          some,
        ],
      });
      order(converted);
    });
  }
}

interface ReduceAttrs {
  readonly axis?: number | number[];
  /** Name of `axis` in Max. */
  readonly reductionIndices?: number | number[];
  readonly keepDims: boolean;
}

const reduceKernel = (kernelName: string, ways: readonly Way[]): CPUKernel =>
  stockOr<{ x: TensorInfo }, ReduceAttrs>(
    kernelName,
    ({ inputs: { x }, attrs: { axis, reductionIndices, keepDims }, backend, micro }) => {
      const way = ways.find(({ from }) => from.includes(x.dtype as HeapType));
      const reduction = way && reductionOf(x, (axis ?? reductionIndices) as number[]);
      // Only words can be moved to another order.
      if (reduction == null || (reduction.perm !== null && way?.as === 'bool')) return null;
      const { as, to } = way as Way;
      const write = (y: number) =>
        withOrdered(backend, micro, x, as, reduction.perm, (address) =>
          backend.stepInParts(micro, partsOf(way as Way, address, y, reduction)),
        );
      return onHeap(backend, keepDims ? reduction.keptShape : reduction.shape, write, to);
    },
  );

/** Number of columns that are reduced together at least. */
const COLUMNS = 16;

/** Describes a reduction by rows of the result or, if there is one, by its columns. */
function partsOf({ as, to, reduce }: Way, x: number, y: number, reduction: Sizes): SharedWork {
  const { outer, count, inner } = reduction;
  const [size, ySize] = [bytesOf(as), bytesOf(to)];
  if (outer > 1 || inner === 1) {
    return {
      length: outer,
      grain: 1,
      effort: effort.reduced * count * inner,
      blocks: [y],
      call: (from, some) => {
        const [at, into] = [x + from * count * inner * size, y + from * inner * ySize];
        return reduce(at, into, { outer: some, count, inner }, inner);
      },
    };
  }
  return {
    length: inner,
    grain: Math.min(COLUMNS, inner),
    effort: effort.reduced * count,
    blocks: [y],
    call: (from, some) =>
      reduce(x + from * size, y + from * ySize, { outer: 1, count, inner: some }, inner),
  };
}

/** Reduces values in float64. */
const inFloats = (
  name: keyof typeof sums,
  divisorOf: (count: number) => number = () => 1,
  from: readonly HeapType[] = ['float32'],
): Way => ({
  from,
  as: 'float32',
  to: 'float32',
  reduce: (x, y, { outer, count, inner }, width) => [
    'reduce',
    sums[name],
    x,
    y,
    outer,
    count,
    inner,
    divisorOf(count),
    width,
  ],
});

/** Returns the work that sums each of `rows` rows of `length` floats at x, and writes the sums to y. */
export const sumsOfRows = (x: number, y: number, rows: number, length: number): SharedWork => {
  const sizes = { outer: rows, count: length, inner: 1 };
  return partsOf(inFloats('sum'), x, y, sizes);
};

const inWholes = (name: keyof typeof wholes, from: readonly HeapType[] = ['int32']): Way => ({
  from,
  as: 'int32',
  to: 'int32',
  reduce: (x, y, { outer, count, inner }, width) => [
    'reduceWhole',
    wholes[name],
    x,
    y,
    outer,
    count,
    inner,
    width,
  ],
});

const toExtreme = (name: keyof typeof extremes, to: HeapType): Way => ({
  from: ['float32'],
  as: 'float32',
  to,
  reduce: (x, y, { outer, count, inner }, width) => [
    'extremes',
    extremes[name],
    x,
    y,
    outer,
    count,
    inner,
    width,
  ],
});

const toTruth = (isAny: boolean): Way => ({
  from: ['bool'],
  as: 'bool',
  to: 'bool',
  reduce: (x, y, { outer, count, inner }, width) => [
    'truth',
    Number(isAny),
    x,
    y,
    outer,
    count,
    inner,
    width,
  ],
});

export const reduceKernels: readonly CPUKernel[] = [
  reduceKernel(Sum, [inFloats('sum'), inWholes('sum', ['int32', 'bool'])]),
  reduceKernel(Mean, [inFloats('sum', (count) => count, ['float32', 'int32', 'bool'])]),
  reduceKernel(Prod, [inFloats('product')]),
  reduceKernel(Max, [toExtreme('max', 'float32'), inWholes('max')]),
  reduceKernel(Min, [toExtreme('min', 'float32'), inWholes('min')]),
  reduceKernel(ArgMax, [toExtreme('argMax', 'int32')]),
  reduceKernel(ArgMin, [toExtreme('argMin', 'int32')]),
  reduceKernel(All, [toTruth(false)]),
  reduceKernel(Any, [toTruth(true)]),
];
