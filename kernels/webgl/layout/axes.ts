/** Axes of a tile layout, and the axes of a tensor that they are. */
import type { DataFormat } from '../../shape/convShape.js';
import type { Extent } from './tile.js';

export type Axis = keyof Extent;

/** A flag for each axis of a layout. */
export type Axes = Readonly<Record<Axis, boolean>>;

export const noAxes: Axes = { batch: false, height: false, width: false, channels: false };

/** Axes of each format, in the order of the data. */
const orders: Record<DataFormat, readonly Axis[]> = {
  NHWC: ['batch', 'height', 'width', 'channels'],
  NCHW: ['batch', 'channels', 'height', 'width'],
};

/** Returns the shape of rank 4 of a tensor with this extent. */
export function shapeOf(extent: Extent, format: DataFormat): number[] {
  return orders[format].map((axis) => extent[axis]);
}

/**
 * Returns the axes of the layout that together are the given axes of a tensor; null if an axis of
 * the layout is only in part among them.
 * @param shape shape of the tensor, which may group the axes of the layout in another way
 * @param axes indices of axes of the tensor
 */
export function layoutAxes(
  shape: readonly number[],
  axes: readonly number[],
  extent: Extent,
  format: DataFormat,
): Axes | null {
  const whole = shapeOf(extent, format);
  const isWhole = whole.length === shape.length && whole.every((size, i) => size === shape[i]);
  const runs = runsOf(shape, axes);
  const result = { ...noAxes };
  let from = 1;
  for (let i = whole.length - 1; i >= 0; i--) {
    const axis = orders[format][i];
    const to = from * whole[i];
    if (whole[i] === 1) {
      // Any group of axes may have it. It is among the given axes only if it is named.
      result[axis] = isWhole && axes.includes(i);
    } else {
      const run = runs.find((other) => other.from <= from && to <= other.to);
      if (run === undefined) return null;
      result[axis] = run.isGiven;
    }
    from = to;
  }
  return result;
}

/** Consecutive axes that are all given, or all not. */
interface Run {
  readonly isGiven: boolean;
  /** Steps in flat data of one and of all values along the axes. */
  readonly from: number;
  readonly to: number;
}

function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  let from = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const isGiven = axes.includes(i);
    const to = from * shape[i];
    const last = runs.at(-1);
    if (shape[i] === 1) continue;
    if (last?.isGiven === isGiven) runs[runs.length - 1] = { ...last, to };
    else runs.push({ isGiven, from, to });
    from = to;
  }
  return runs;
}
