/** Element-wise kernels on tensors that are in planes, and on pictures. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BinaryOp, type BinaryRow, binaryRows } from '../elementwise/binary.js';
import { type UnaryOp, type UnaryRow, unaryRows } from '../elementwise/unary.js';
import { operandOf } from './broadcast.js';
import { extentOf } from './layout/tile.js';
import { outputIn } from './output.js';
import { placementOfPicture } from './picture.js';
import { attributeName, binaryStep, resultType, stepName } from './programs/steps.js';
import type { Placement, TileRunner } from './runner.js';

/**
 * Returns op(x) in the layout of x's data, whatever the shape of x; null if x is not in planes, or of a
 * type that needs the stock kernel.
 * @param attributes values of the attributes of the op
 */
export function unary(
  runner: TileRunner,
  op: UnaryOp,
  x: TensorInfo,
  attributes: Readonly<Record<string, unknown>> = {},
): TensorInfo | null {
  const { takes, attributes: names = [] }: UnaryRow = unaryRows[op];
  if (x.dtype !== (takes ?? 'float32') || runner.placementOfAnyType(x) === null) return null;
  if (names.some((name) => typeof attributes[name] !== 'number')) return null;
  const values = names.map((name) => [attributeName(name), attributes[name] as number]);
  return runner.apply(x, { op }, [], Object.fromEntries(values));
}

/**
 * Returns op(a, b), broadcast; null if no operand is in planes and none is a picture, or if the
 * shapes or types need the stock kernel.
 */
export function binary(
  runner: TileRunner,
  op: BinaryOp,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | null {
  const { takes, result }: BinaryRow = binaryRows[op];
  if ([a, b].some(({ dtype }) => dtype !== (takes ?? 'float32'))) return null;
  if (result === 'int32' && !holdsInt32(runner)) return null;
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const [first, second] = placementsOfShape(runner, shape, [a, b]);
  if (first === null && second === null) return spread(runner, op, a, b, shape);
  // The step fuses with a deferred draw of b, unless the draw of a is deferred too.
  const swapped =
    first === null || (second !== null && runner.isPending(b) && !runner.isPending(a));
  const [x, other, placement] = swapped ? [b, a, second] : [a, b, first];
  const number = util.sizeFromShape(other.shape) === 1 ? runner.number(other) : null;
  if (number !== null) {
    // A square is exact, and a power is not.
    if (op === 'pow' && number === 2 && !swapped) return runner.apply(x, { op: 'square' }, [], {});
    return runner.apply(x, binaryStep(op, 'uniform', swapped), [], { Value: number });
  }
  const operand = operandOf(runner, other, shape, placement as Placement);
  if (operand === null) return null;
  return runner.apply(x, binaryStep(op, operand.broadcast, swapped), [operand], {});
}

/** True if tiles hold whole numbers as stock's textures do. */
export function holdsInt32({ limits }: TileRunner): boolean {
  return limits.precision === 'float32';
}

/**
 * Returns the placements of the operands that have the shape of the result, null for the other
 * operands. If no such operand is in planes, pictures among them are laid out in planes.
 */
function placementsOfShape(
  runner: TileRunner,
  shape: number[],
  operands: readonly TensorInfo[],
): (Placement | null)[] {
  const find = (where: (x: TensorInfo) => Placement | null) =>
    operands.map((x) => (util.arraysEqual(x.shape, shape) ? where(x) : null));
  const found = find((x) => runner.placementOfAnyType(x));
  return found.some((placement) => placement !== null)
    ? found
    : find((x) => placementOfPicture(runner, x));
}

/**
 * Computes op(a, b) of operands that both broadcast, from the larger one of those that are in planes:
 * in the tile of the tensor that it was reduced from, if it was, because the next kernel has that
 * tensor for its other operand. Returns null if no operand is in planes, or if our programs cannot
 * broadcast them.
 */
function spread(
  runner: TileRunner,
  op: BinaryOp,
  a: TensorInfo,
  b: TensorInfo,
  shape: number[],
): TensorInfo | null {
  const size = (x: TensorInfo) => util.sizeFromShape(x.shape);
  const inPlanes = [a, b].filter((x) => runner.placementOfAnyType(x) !== null);
  const [x] = inPlanes.sort((p, q) => size(q) - size(p));
  if (x === undefined) return null;
  const placement = runner.placementOfAnyType(x) as Placement;
  const { layout, format, reducedFrom = layout.tile } = placement;
  const whole = wholeShape(x.shape, shape, placement);
  if (whole === null) return null;
  const { width, height } = extentOf(whole, format);
  const tile = {
    w: width > 1 ? reducedFrom.w : 1,
    h: height > 1 ? reducedFrom.h : 1,
    c: reducedFrom.c,
  };
  const output = { ...outputIn(runner, whole, format, tile), shape };
  const swapped = x === b;
  const [from, operand] = [x, swapped ? a : b].map((y) => operandOf(runner, y, shape, output));
  if (from === null || operand === null || from.broadcast === 'same') return null;
  const step = binaryStep(op, operand.broadcast, swapped);
  return runner.run(
    { family: 'elementwise', tile, from: from.broadcast, steps: [step] },
    { x: from.tiles(), [stepName(0)]: operand.tiles() },
    {},
    { ...output, dtype: resultType(step) },
  );
}

/**
 * Returns the shape of rank 4 in which a result of this shape is laid out; null if it is of another
 * rank, unless it only adds channels to rows of pixels.
 */
function wholeShape(
  own: readonly number[],
  shape: readonly number[],
  { layout, format }: Placement,
): readonly number[] | null {
  if (shape.length === 4) return shape;
  const addsChannels =
    format === 'NHWC' &&
    layout.channels === 1 &&
    own.length === shape.length &&
    own.every((size, i) => size === (i < shape.length - 1 ? shape[i] : 1));
  if (!addsChannels) return null;
  const { batch, height, width } = layout;
  return [batch, height, width, shape[shape.length - 1]];
}
