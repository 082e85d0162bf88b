/** Operands of element-wise steps, broadcast against values that are in planes. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { choiceCost, retileCost } from './cost.js';
import type { TileLayout } from './layout/tile.js';
import { type OfPixel, operandPlacement, type TextureBroadcast } from './programs/steps.js';
import { type Placement, type StepOperand, type TileRunner, texturesOf } from './runner.js';

/**
 * Returns x as the operand of a step on values of this shape and layout; null if no step of ours can
 * broadcast it.
 * @param shape shape of the values, of which those of x are 1 or the same
 * @param operands number of operands of the step, which share the textures that the program can read
 */
export function operandOf(
  runner: TileRunner,
  x: TensorInfo,
  shape: readonly number[],
  { layout, format }: Placement,
  operands = 1,
): StepOperand | null {
  const common = broadcastOf(x.shape, shape, { layout, format });
  if (common === null) return null;
  const broadcast = pixelIn(runner, x, common, layout, operands) ?? common;
  const { extent, tile } = operandPlacement(broadcast, layout, layout.tile);
  // Without pixels, the order of the data is the same in both formats.
  const hasPixels = extent.height > 1 || extent.width > 1;
  const own = runner.placementOfAnyType(x)?.format ?? 'NHWC';
  const order = broadcast === 'same' || hasPixels ? format : own;
  return { tensor: x, broadcast, tiles: () => runner.tiles(x, extent, order, tile) };
}

/**
 * Returns the broadcast of one pixel in the tile that x is in; null if it is in 1x1x1 or in no tile, if
 * the program cannot read it there, or if moving it to 1x1x1 costs less.
 */
function pixelIn(
  runner: TileRunner,
  x: TensorInfo,
  common: TextureBroadcast,
  layout: TileLayout,
  operands: number,
): OfPixel | null {
  if (common !== 'channel' && common !== 'batchChannel') return null;
  const { limits } = runner;
  const own = runner.placementOfAnyType(x)?.layout;
  if (own?.height !== 1 || own.width !== 1 || own.channels !== layout.channels) return null;
  const { tile } = own;
  const { c } = layout.tile;
  const room = limits.maxSamplers - texturesOf(layout.tile, limits);
  const fits =
    operands * texturesOf(tile, limits) <= room && (c % tile.c === 0 || tile.c % c === 0);
  const isOne = tile.w * tile.h * tile.c === 1;
  if (isOne || !fits || choiceCost(layout, tile.c) > retileCost(limits.device, own)) return null;
  return { axes: common === 'channel' ? 'c' : 'bc', tile };
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
