/**
 * Element-wise steps as plain data: how a program computes them is in epilogue.ts. Bias and activation
 * of a convolution are steps, and so is every element-wise kernel.
 */
import type { DataType } from '@tensorflow/tfjs-core';
import { type BinaryOp, type BinaryRow, binaryRows } from '../../elementwise/binary.js';
import { type UnaryOp, type UnaryRow, unaryRows } from '../../elementwise/unary.js';
import type { Fusion } from '../../shape/fused.js';
import type { UnaryStepOp } from '../glsl/unaryFunctions.js';
import type { Extent, Tile } from '../layout/tile.js';

/**
 * Axes along which an operand is as long as the values, in this order: batch, height, width,
 * channels. Along the others it has one value. The sets that have a text of their own are excepted.
 */
export type Axes = Exclude<
  `${'b' | ''}${'h' | ''}${'w' | ''}${'c' | ''}`,
  '' | 'c' | 'bc' | 'bhwc'
>;

/**
 * Channels of one pixel (`c`), or of one pixel of each batch element (`bc`), in a tile of their own,
 * in which the program finds the slices of the values' tile: the slices of one tile divide those of
 * the other.
 */
export interface OfPixel {
  readonly axes: 'c' | 'bc';
  readonly tile: Tile;
}

/**
 * Broadcast of an operand of a step:
 *
 * - `same`: the shape and layout of the values.
 * - `channel`, `batchChannel`: one value per channel, or per batch element and channel, in tiles of
 *   1x1x1.
 * - `scalar`, `uniform`: one value, in such a tile or in a uniform.
 * - axes: one value per place along these axes, in the tile of the values, which is 1 wide, high or
 *   deep where they are not among the axes.
 * - a pixel: `channel` or `batchChannel` in another tile.
 * - a number k: the value before step k.
 */
export type Broadcast =
  | 'same'
  | 'channel'
  | 'batchChannel'
  | 'scalar'
  | 'uniform'
  | Axes
  | OfPixel
  | number;

/** Broadcast of an operand that is in textures. */
export type TextureBroadcast = Exclude<Broadcast, 'uniform' | number>;

export interface UnaryStep {
  readonly op: UnaryStepOp;
}

/**
 * Step that computes op(value, operand), or op(operand, value) if `swapped`, which it is not where that
 * makes no difference: programs that compute the same have the same text.
 */
export interface BinaryStep {
  readonly op: BinaryOp;
  readonly operand: Broadcast;
  readonly swapped: boolean;
}

/**
 * Step of several inputs: the sum of all, or a condition and the results where it is true and where
 * it is false. The value is the input at `position`; the operands are the others.
 */
export interface ManyStep {
  readonly op: 'addN' | 'select';
  readonly position: number;
  readonly operands: readonly Broadcast[];
}

/**
 * Step that computes (value - mean) * scale / sqrt(variance + epsilon) + offset, as in tfjs-core's
 * batchNorm.
 */
export interface BatchNormStep {
  readonly op: 'batchNorm';
  readonly offset: boolean;
  readonly scale: boolean;
}

/**
 * Epilogue step. `joined` marks a step that is a separate kernel, fused with the kernel before it:
 * its input has the value that it would have had in a texture. `of` is the number of steps after which
 * the step's value was computed, if later ones follow that do not lead to it: they begin a branch.
 */
export type Step = (UnaryStep | BinaryStep | ManyStep | BatchNormStep) & {
  readonly joined?: true;
  readonly of?: number;
};

/** Part of a spec that a later element-wise kernel can extend. */
export interface Stepped {
  readonly steps: readonly Step[];
}

/**
 * Returns the steps for bias and activation of a fused convolution; the slope of prelu has one
 * value per channel.
 */
export function fusionSteps({ bias, activation }: Fusion): Step[] {
  const steps: Step[] = bias ? [{ op: 'add', operand: 'channel', swapped: false }] : [];
  if (activation === 'prelu') steps.push({ op: 'prelu', operand: 'channel', swapped: false });
  else if (activation !== 'linear') steps.push({ op: activation });
  return steps;
}

/** Returns the name of a step's operand, which is also the prefix of its uniforms. */
export function stepName(index: number, part = ''): string {
  return `step${index}${part}`;
}

/** Returns the name of the uniform of an attribute, behind the name of its step. */
export function attributeName(attribute: string): string {
  return attribute[0].toUpperCase() + attribute.slice(1);
}

/** Returns the names of the attributes of a unary op, in the order of its reference. */
export function attributesOf(op: UnaryStepOp): readonly string[] {
  return op === 'truncate' ? [] : ((unaryRows[op] as UnaryRow).attributes ?? []);
}

/** Returns the broadcasts of all operands of a step in their order. */
export function broadcastsOf(step: Step): readonly Broadcast[] {
  if ('operands' in step) return step.operands;
  return 'operand' in step ? [step.operand] : [];
}

/**
 * Returns the operands of a step that are in textures, in the order of its samplers, each with its
 * broadcast.
 */
export function stepOperands(step: Step): readonly { part: string; broadcast: TextureBroadcast }[] {
  if (step.op === 'batchNorm') {
    const parts = ['Mean', 'Variance', ...(step.offset ? ['Offset'] : [])];
    return [...parts, ...(step.scale ? ['Scale'] : [])].map((part) => ({
      part,
      broadcast: 'channel',
    }));
  }
  return broadcastsOf(step).flatMap((broadcast, i) => {
    if (broadcast === 'uniform' || typeof broadcast === 'number') return [];
    return [{ part: 'operands' in step ? `Input${i}` : '', broadcast }];
  });
}

/** Returns the same step with other broadcasts of its operands. */
export function withBroadcasts<S extends Step>(step: S, broadcasts: readonly Broadcast[]): S {
  if ('operands' in step) return { ...step, operands: broadcasts };
  return 'operand' in step ? { ...step, operand: broadcasts[0] } : step;
}

/** Returns a step's inputs in the order of its op, where the value is one of them. */
export function inputsOfStep<T>(step: Step, value: T, operands: readonly T[]): T[] {
  const position = 'position' in step ? step.position : Number('swapped' in step && step.swapped);
  return [...operands.slice(0, position), value, ...operands.slice(position)];
}

/** Returns the step that takes the input at this position for its value, and computes the same. */
export function withPosition<S extends Step>(step: S, position: number): S {
  if ('position' in step) return { ...step, position };
  return 'swapped' in step
    ? { ...step, ...binaryStep(step.op, step.operand, position === 1) }
    : step;
}

/** Returns the step of op(value, operand), or of op(operand, value) if `swapped`. */
export function binaryStep(op: BinaryOp, operand: Broadcast, swapped: boolean): BinaryStep {
  const { commutes }: BinaryRow = binaryRows[op];
  return { op, operand, swapped: swapped && !commutes };
}

/** Type of the result of a step. */
export function resultType({ op }: Step): DataType {
  if (op === 'truncate') return 'int32';
  if (op === 'batchNorm' || op === 'addN' || op === 'select') return 'float32';
  return rowOf(op).result ?? 'float32';
}

function rowOf(op: UnaryOp | BinaryOp): UnaryRow | BinaryRow {
  return op in unaryRows ? unaryRows[op as UnaryOp] : binaryRows[op as BinaryOp];
}

/** True if a step maps zeros to zero, whatever its attributes are. */
export function keepsZero(step: Step): boolean {
  const { op } = step;
  if (op === 'batchNorm') return false;
  if (broadcastsOf(step).some((kind) => kind !== 'same' && typeof kind !== 'number')) return false;
  if (op === 'addN' || op === 'select' || op === 'truncate') return true;
  const { reference } = rowOf(op);
  // No attribute is 0 here, and a range does not contain it: what gives 0 now always does.
  const others = 'operand' in step ? [0] : attributesOf(op as UnaryOp).map((_, i) => i + 1);
  return (reference as (...inputs: number[]) => number)(0, ...others) === 0;
}

const ONE_PIXEL: Tile = { w: 1, h: 1, c: 1 };

/** True if an operand of this broadcast is as long as the values along an axis. */
export function isWhole(broadcast: Axes, axis: 'b' | 'h' | 'w' | 'c'): boolean {
  return broadcast.includes(axis);
}

/** Returns extent and tile of an operand in textures, for values of this extent and tile. */
export function operandPlacement(
  broadcast: TextureBroadcast,
  { batch, height, width, channels }: Extent,
  tile: Tile,
): { readonly extent: Extent; readonly tile: Tile } {
  const single = { batch: 1, height: 1, width: 1, channels: 1 };
  switch (broadcast) {
    case 'same':
      return { extent: { batch, height, width, channels }, tile };
    case 'scalar':
      return { extent: single, tile: ONE_PIXEL };
    case 'channel':
      return { extent: { ...single, channels }, tile: ONE_PIXEL };
    case 'batchChannel':
      return { extent: { ...single, batch, channels }, tile: ONE_PIXEL };
  }
  if (typeof broadcast === 'object') {
    const own = broadcast.axes === 'bc' ? { ...single, batch, channels } : { ...single, channels };
    return { extent: own, tile: broadcast.tile };
  }
  const along = (axis: 'b' | 'h' | 'w' | 'c', size: number) =>
    isWhole(broadcast, axis) ? size : 1;
  return {
    extent: {
      batch: along('b', batch),
      height: along('h', height),
      width: along('w', width),
      channels: along('c', channels),
    },
    tile: operandTile(broadcast, tile),
  };
}

/** Returns the tile of an operand in textures, for values in this tile. */
export function operandTile(broadcast: Broadcast, tile: Tile): Tile {
  if (broadcast === 'same') return tile;
  if (typeof broadcast === 'object') return broadcast.tile;
  if (typeof broadcast === 'number') return ONE_PIXEL;
  if (['channel', 'batchChannel', 'scalar', 'uniform'].includes(broadcast)) return ONE_PIXEL;
  const axes = broadcast as Axes;
  return {
    w: isWhole(axes, 'w') ? tile.w : 1,
    h: isWhole(axes, 'h') ? tile.h : 1,
    c: isWhole(axes, 'c') ? tile.c : 1,
  };
}
