/** Element-wise kernels on tensors that are in planes, and on pictures. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BinaryOp, type BinaryRow, binaryRows } from '../elementwise/binary.js';
import { type UnaryOp, type UnaryRow, unaryRows } from '../elementwise/unary.js';
import { operandOf } from './broadcast.js';
import { outputIn } from './output.js';
import { placementOfPicture } from './picture.js';
import { attributeName } from './programs/steps.js';
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
    return runner.apply(x, { op, operand: 'uniform', swapped }, [], { Value: number });
  }
  const operand = operandOf(runner, other, shape, placement as Placement);
  if (operand === null) return null;
  const { broadcast } = operand;
  return runner.apply(x, { op, operand: broadcast, swapped }, [operand], {});
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
 * Computes op(a, b) of operands that both broadcast: the larger one of those that are in planes is
 * drawn in the shape of the result first. Returns null if none is, or if the result is not of rank 4.
 */
function spread(
  runner: TileRunner,
  op: BinaryOp,
  a: TensorInfo,
  b: TensorInfo,
  shape: number[],
): TensorInfo | null {
  if (shape.length !== 4 || util.arraysEqual(a.shape, shape) || util.arraysEqual(b.shape, shape)) {
    return null;
  }
  const size = (x: TensorInfo) => util.sizeFromShape(x.shape);
  const inPlanes = [a, b].filter((x) => runner.placementOf(x) !== null);
  const [x] = inPlanes.sort((p, q) => size(q) - size(p));
  if (x === undefined) return null;
  return runner.undeferred(() => {
    const whole = broadcastTo(runner, x, shape);
    if (whole === null) return null;
    try {
      return binary(runner, op, x === a ? whole : a, x === a ? b : whole);
    } finally {
      runner.disposeIntermediateTensorInfo(whole);
    }
  });
}

/**
 * Returns x, which is in planes, broadcast to a shape of rank 4, in the tile of x; null if our programs
 * cannot do that.
 */
export function broadcastTo(
  runner: TileRunner,
  x: TensorInfo,
  shape: readonly number[],
): TensorInfo | null {
  const placement = runner.placementOfAnyType(x);
  if (placement === null || shape.length !== 4) return null;
  const { layout, format } = placement;
  const output = { ...outputIn(runner, shape, format, layout.tile), dtype: x.dtype };
  const operand = operandOf(runner, x, shape, output);
  if (operand === null || operand.broadcast === 'same') return null;
  const from = operand.broadcast as Exclude<typeof operand.broadcast, 'same' | 'uniform' | number>;
  const spec = { family: 'elementwise', tile: layout.tile, from, steps: [] } as const;
  return runner.run(spec, { x: operand.tiles() }, {}, output);
}
