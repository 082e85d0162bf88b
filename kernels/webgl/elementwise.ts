/** Element-wise kernels on tensors that lie in planes. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { extentOf, type TileLayout } from '../../src/layout/tile.js';
import type { Operand, Residence, TileRunner, UniformValue } from '../../src/runner.js';
import type { BinaryOp, Broadcast, UnarySpec } from './programs/elementwise.js';

const onePixel = { w: 1, h: 1, c: 1 } as const;

/** op(x) in the layout of x; null where x is not in planes. */
export function unary(
  runner: TileRunner,
  op: UnarySpec['op'],
  x: TensorInfo,
  uniforms: Readonly<Record<string, UniformValue>> = {},
): TensorInfo | null {
  const residence = runner.residence(x);
  if (residence === null) return null;
  const { layout, format } = residence;
  const spec = { family: 'unary', op, tile: layout.tile } as const;
  const operand = runner.tiles(x, layout, format, layout.tile);
  return runner.run(spec, { x: operand }, uniforms, { shape: x.shape, layout, format });
}

/** op(a, b), broadcast; null where neither is in planes, or the shapes or types need stock. */
export function binary(
  runner: TileRunner,
  op: BinaryOp,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | null {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const residence = residenceOfShape(runner, shape, a) ?? residenceOfShape(runner, shape, b);
  if (residence === null) return null;
  const { layout, format } = residence;
  const left = broadcast(runner, a, shape, residence);
  const right = broadcast(runner, b, shape, residence);
  if (left === null || right === null) return null;
  const samplers = left.operand.textures.length + right.operand.textures.length;
  if (samplers > runner.limits.maxSamplers) return null;
  const spec = { family: 'binary', op, tile: layout.tile, a: left.kind, b: right.kind } as const;
  const operands = { a: left.operand, b: right.operand };
  return runner.run(spec, operands, {}, { shape, layout, format });
}

function residenceOfShape(runner: TileRunner, shape: number[], x: TensorInfo): Residence | null {
  return util.arraysEqual(x.shape, shape) ? runner.residence(x) : null;
}

/** How x meets a result in the given layout; null where our programs have no way. */
function broadcast(
  runner: TileRunner,
  x: TensorInfo,
  shape: readonly number[],
  { layout, format }: Residence,
): { kind: Broadcast; operand: Operand } | null {
  if (util.arraysEqual(x.shape, [...shape])) {
    return { kind: 'same', operand: runner.tiles(x, layout, format, layout.tile) };
  }
  if (util.sizeFromShape(x.shape) === 1) {
    const extent = { batch: 1, height: 1, width: 1, channels: 1 };
    return { kind: 'scalar', operand: runner.tiles(x, extent, 'NHWC', onePixel) };
  }
  const padded = [...Array(4 - x.shape.length).fill(1), ...x.shape];
  const { batch, height, width, channels } = extentOf(padded, format);
  if (height !== 1 || width !== 1 || channels !== layout.channels) return null;
  return {
    kind: 'channel',
    operand: runner.tiles(x, { batch, height, width, channels }, 'NHWC', onePixel),
  };
}

/** Values per channel of a batch norm, [C] or anything of that size; null where x broadcasts otherwise. */
export function channelOperand(
  runner: TileRunner,
  x: TensorInfo,
  { channels }: TileLayout,
): Operand | null {
  if (util.sizeFromShape(x.shape) !== channels || x.shape[x.shape.length - 1] !== channels)
    return null;
  return runner.tiles(x, { batch: 1, height: 1, width: 1, channels }, 'NHWC', onePixel);
}
