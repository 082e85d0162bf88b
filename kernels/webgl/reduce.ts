/** Sum, Mean, Prod, Max, Min, All and Any of tensors that are in planes, over any of their axes. */
import {
  All,
  Any,
  type DataType,
  Max,
  Mean,
  Min,
  Prod,
  Reshape,
  Sum,
  type SumAttrs,
  type SumInputs,
  sumOutType,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { stockKernel, tiledKernel } from './fallback.js';
import { type Axes, type Axis, noAxes } from './layout/axes.js';
import type { TileLayout } from './layout/tile.js';
import type { ReduceOp } from './programs/reduce.js';
import type { Placement, TileRunner } from './runner.js';
import { sweptOf, sweptOperand, sweptOutput } from './swept.js';

type Op = ReduceOp | 'mean';

const kernels: readonly (readonly [string, Op])[] = [
  [Sum, 'sum'],
  [Mean, 'mean'],
  [Prod, 'prod'],
  [Max, 'max'],
  [Min, 'min'],
  // Booleans are 0 and 1.
  [All, 'min'],
  [Any, 'max'],
];

/** Attributes of these kernels; Max names its axes in another way. */
type Attrs = SumAttrs & { readonly reductionIndices?: number | number[] };

export const reduceKernels = kernels.map(([kernelName, op]) =>
  tiledKernel<SumInputs, Attrs>(kernelName, (runner, { x }, attrs) =>
    reduce(runner, op, x, attrs.reductionIndices ?? attrs.axis, attrs.keepDims),
  ),
);

/**
 * Reduces x over some axes; returns null if the stock kernel is the right choice, because x is not
 * in planes, for example.
 */
export function reduce(
  runner: TileRunner,
  op: Op,
  x: TensorInfo,
  axis: number | number[],
  keepDims: boolean,
): TensorInfo | null {
  const axes = util.parseAxisParam(axis, x.shape);
  const swept = sweptOf(runner, x, axes);
  if (swept === null || new Set(axes).size !== axes.length) return null;
  const shape = x.shape.flatMap((size, i) => (!axes.includes(i) ? [size] : keepDims ? [1] : []));
  const dtype = typeOf(op, x.dtype);
  const passes = passesOf(swept.layout, swept.over);
  if (passes.length === 0) {
    return dtype === x.dtype ? stockKernel(runner, Reshape, { x }, { shape }) : null;
  }
  const divisor = op === 'mean' ? util.sizeFromShape(axes.map((i) => x.shape[i])) : 1;
  const name = op === 'mean' ? 'sum' : op;
  let values = x;
  let from: Placement = swept;
  for (const [i, over] of passes.entries()) {
    const isLast = i === passes.length - 1;
    const output = sweptOutput(runner, { ...from, over }, isLast ? { shape, dtype } : {});
    const spec = { family: 'reduce', op: name, in: from.layout.tile, over } as const;
    const operand = sweptOperand(runner, values, from);
    const result = runner.run(spec, { x: operand }, { divisor: isLast ? divisor : 1 }, output);
    if (values !== x) runner.disposeIntermediateTensorInfo(values);
    [values, from] = [result, output];
  }
  return values;
}

function typeOf(op: Op, dtype: DataType): DataType {
  if (op === 'mean') return 'float32';
  return op === 'sum' || op === 'prod' ? sumOutType(dtype) : dtype;
}

/** Maximum number of tiles that one fragment reduces along several axes: more take two passes. */
const MAX_TILES = 64;

/**
 * Returns the axes of each pass. A pass takes the next axis too if there are few tiles along both,
 * because a draw takes longer than these; if there are many, two passes distribute them to many
 * fragments.
 */
function passesOf({ columns, rows, groups, batch }: TileLayout, over: Axes): Axes[] {
  const counts: readonly (readonly [Axis, number])[] = [
    ['width', columns],
    ['height', rows],
    ['channels', groups],
    ['batch', batch],
  ];
  const passes: Axes[] = [];
  let tiles = 1;
  for (const [axis, count] of counts.filter(([axis]) => over[axis])) {
    const last = passes.at(-1);
    const fits = last !== undefined && tiles * count <= MAX_TILES;
    if (fits) passes[passes.length - 1] = { ...last, [axis]: true };
    else passes.push({ ...noAxes, [axis]: true });
    tiles = fits ? tiles * count : count;
  }
  return passes;
}
