/** Element-wise kernels on tensors that are in planes, and on pictures. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { BinaryOp, UnaryOp } from './glsl/stepFunctions.js';
import { extentOf, sameExtent } from './layout/tile.js';
import { placementOfPicture } from './picture.js';
import type { Broadcast } from './programs/epilogue.js';
import type { Placement, StepOperand, TileRunner, UniformValue } from './runner.js';

const onePixel = { w: 1, h: 1, c: 1 } as const;

/**
 * Returns op(x) in the layout of x's data, whatever the shape of x; null if x is not in planes.
 * @param parameters values of the step's uniforms
 */
export function unary(
  runner: TileRunner,
  op: UnaryOp,
  x: TensorInfo,
  parameters: Readonly<Record<string, UniformValue>> = {},
): TensorInfo | null {
  if (runner.placementOfData(x) === null) return null;
  return runner.apply(x, { op }, [], parameters);
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
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const [first, second] = placementsOfShape(runner, shape, [a, b]);
  // The step fuses with a deferred draw of b, unless the draw of a is deferred too.
  const swapped =
    first === null || (second !== null && runner.isPending(b) && !runner.isPending(a));
  const [x, other, placement] = swapped ? [b, a, second] : [a, b, first];
  if (placement === null) return null;
  const number = util.sizeFromShape(other.shape) === 1 ? runner.number(other) : null;
  if (number !== null) {
    return runner.apply(x, { op, operand: 'uniform', swapped }, [], { Value: number });
  }
  const operand = operandOf(runner, other, shape, placement);
  if (operand === null) return null;
  const { broadcast } = operand;
  return runner.apply(x, { op, operand: broadcast, swapped }, [operand], {});
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
  const found = find((x) => runner.placementOfData(x));
  return found.some((placement) => placement !== null)
    ? found
    : find((x) => placementOfPicture(runner, x));
}

/**
 * Returns x as the operand of a step on a result in the given layout; null if our programs cannot
 * broadcast it.
 */
function operandOf(
  runner: TileRunner,
  x: TensorInfo,
  shape: readonly number[],
  { layout, format }: Placement,
): StepOperand | null {
  if (util.arraysEqual(x.shape, [...shape])) {
    const tiles = () => runner.tiles(x, layout, format, layout.tile);
    return { tensor: x, broadcast: 'same', tiles };
  }
  if (util.sizeFromShape(x.shape) === 1) return perChannel(runner, x, 1, 1, 'scalar');
  if (shape.length !== 4) {
    // Rows of channels: the axes before the last one may have been merged.
    const rows = format === 'NHWC' && shape.at(-1) === layout.channels;
    return rows ? channelOperand(runner, x, layout.channels) : null;
  }
  if (!sameExtent(extentOf(shape, format), layout)) return null;
  const padded = [...Array(4 - x.shape.length).fill(1), ...x.shape];
  const { batch, height, width, channels } = extentOf(padded, format);
  if (height !== 1 || width !== 1 || channels !== layout.channels) return null;
  return perChannel(runner, x, batch, channels, batch === 1 ? 'channel' : 'batchChannel');
}

/**
 * Returns an operand with one value per channel if x has the shape [C], or more axes but the same
 * size; null if x broadcasts otherwise.
 */
export function channelOperand(
  runner: TileRunner,
  x: TensorInfo,
  channels: number,
): StepOperand | null {
  const fits = util.sizeFromShape(x.shape) === channels && x.shape.at(-1) === channels;
  return fits ? perChannel(runner, x, 1, channels, 'channel') : null;
}

function perChannel(
  runner: TileRunner,
  x: TensorInfo,
  batch: number,
  channels: number,
  broadcast: Broadcast,
): StepOperand {
  const extent = { batch, height: 1, width: 1, channels };
  return { tensor: x, broadcast, tiles: () => runner.tiles(x, extent, 'NHWC', onePixel) };
}
