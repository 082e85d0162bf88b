/** Tensors in planes that a program sweeps along some of their axes, and the results of such programs. */
import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import { type Axes, layoutAxes, shapeOf } from './layout/axes.js';
import { tileLayout } from './layout/tile.js';
import { sweptTile } from './programs/sweep.js';
import { FEW_VALUES, type Output, type Placement, type TileRunner } from './runner.js';

/** Placement of a tensor, and axes of its layout. */
export interface Swept extends Placement {
  readonly over: Axes;
}

/**
 * Returns the placement of x, whatever its shape and type, and the axes of its layout that the
 * given axes of x are; null if x is not in planes, if an axis of the layout is only in part among
 * the given axes, or if the CPU has the values of x and they are few.
 */
export function sweptOf(runner: TileRunner, x: TensorInfo, axes: readonly number[]): Swept | null {
  const placement = runner.placementOfAnyType(x);
  if (placement === null) return null;
  const isFew = util.sizeFromShape(x.shape) <= FEW_VALUES;
  if (isFew && runner.computesOnCPU([x])) return null;
  const { layout, format } = placement;
  const over = layoutAxes(x.shape, axes, layout, format);
  return over === null ? null : { ...placement, over };
}

/** Returns the operand of a sweep: x in the planes that it is in. */
export function sweptOperand(runner: TileRunner, x: TensorInfo, { layout, format }: Placement) {
  return runner.tiles(x, layout, format, layout.tile);
}

/** Properties of a sweep's result that differ from those of its operand. */
interface Result {
  /** Shape of the result, which may have lost axes: of rank 4, with all axes, if it is not given. */
  readonly shape?: readonly number[];
  /** Type of the result: float32 if it is not given. */
  readonly dtype?: DataType;
  /** Number of channels of a result of which channels were swept: 1 if it is not given. */
  readonly channels?: number;
}

/**
 * Returns the output of a sweep: of size 1 along the axes that were swept.
 * @throws NeedsFallback if no texture is large enough
 */
export function sweptOutput(
  runner: TileRunner,
  { layout, format, over, reducedFrom = layout.tile }: Swept,
  { shape, dtype, channels = 1 }: Result = {},
): Output {
  const extent = {
    batch: over.batch ? 1 : layout.batch,
    height: over.height ? 1 : layout.height,
    width: over.width ? 1 : layout.width,
    channels: over.channels ? channels : layout.channels,
  };
  const whole = shape ?? shapeOf(extent, format);
  const tile = sweptTile(layout.tile, over);
  const result = tileLayout(extent, tile, runner.limits.maxTextureSize);
  if (result === null) {
    throw new NeedsFallback(`a result [${whole}] is too large for a texture here`);
  }
  // The order of the data is the same in both formats, if there is one pixel or one channel.
  const isEither = extent.height * extent.width === 1 || extent.channels === 1;
  const inOrder = isEither && whole.length < 4 ? 'NHWC' : format;
  return { shape: whole, dtype, layout: result, format: inOrder, reducedFrom };
}
