/** Operands of element-wise steps, broadcast against values that are in planes. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { operandPlacement, type TextureBroadcast } from './programs/steps.js';
import type { Placement, StepOperand, TileRunner } from './runner.js';

/**
 * Returns x as the operand of a step on values of this shape and layout; null if no step of ours can
 * broadcast it.
 * @param shape shape of the values, of which those of x are 1 or the same
 */
export function operandOf(
  runner: TileRunner,
  x: TensorInfo,
  shape: readonly number[],
  { layout, format }: Placement,
): StepOperand | null {
  const broadcast = broadcastOf(x.shape, shape, { layout, format });
  if (broadcast === null) return null;
  const { extent, tile } = operandPlacement(broadcast, layout, layout.tile);
  // Without pixels, the order of the data is the same in both formats.
  const own = extent.height === 1 && extent.width === 1 ? 'NHWC' : format;
  const order = broadcast === 'same' ? format : own;
  return { tensor: x, broadcast, tiles: () => runner.tiles(x, extent, order, tile) };
}

/**
 * Returns the broadcast of an operand. The axes of the values may have been merged or split since they
 * were laid out: an operand has one value, or all, along each axis of the layout, or it fits no step.
 */
function broadcastOf(
  own: readonly number[],
  shape: readonly number[],
  { layout, format }: Placement,
): TextureBroadcast | null {
  if (util.arraysEqual([...own], [...shape])) return 'same';
  const { batch, height, width, channels } = layout;
  const pixels = [
    ['h', height],
    ['w', width],
  ] as const;
  const order = (
    format === 'NHWC'
      ? [['b', batch], ...pixels, ['c', channels]]
      : [['b', batch], ['c', channels], ...pixels]
  ) as [Axis, number][];
  const long = order.filter(([, size]) => size > 1);
  const runs = runsOf(own, shape);
  const whole = new Set<Axis>();
  let left = 1;
  let isWhole = false;
  for (const [axis, size] of long) {
    if (left === 1) ({ size: left, isWhole } = runs.shift() as Run);
    if (left % size !== 0) return null;
    left /= size;
    if (isWhole) whole.add(axis);
  }
  const axes = (['b', 'h', 'w', 'c'] as const).filter((axis) => whole.has(axis)).join('');
  if (axes in named) return named[axes as keyof typeof named];
  return whole.size === long.length ? 'same' : (axes as TextureBroadcast);
}

type Axis = 'b' | 'h' | 'w' | 'c';

const named = { '': 'scalar', c: 'channel', bc: 'batchChannel' } as const;

/** Neighbouring axes along which an operand has all values, or one. */
interface Run {
  readonly size: number;
  readonly isWhole: boolean;
}

function runsOf(own: readonly number[], shape: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const isWhole = (own[axis - shape.length + own.length] ?? 1) === size;
    const last = runs.at(-1);
    if (last?.isWhole === isWhole) runs[runs.length - 1] = { size: last.size * size, isWhole };
    else runs.push({ size, isWhole });
  }
  return runs;
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
  if (!fits) return null;
  const extent = { batch: 1, height: 1, width: 1, channels };
  const tile = { w: 1, h: 1, c: 1 };
  return { tensor: x, broadcast: 'channel', tiles: () => runner.tiles(x, extent, 'NHWC', tile) };
}
