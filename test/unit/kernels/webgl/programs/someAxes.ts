import { type Axes, noAxes } from '../../../../../kernels/webgl/layout/axes.js';
import type { Extent } from '../../../../../kernels/webgl/layout/tile.js';
import { places } from '../../../../support/glsl/glslTensors.js';

export const oneAxis: readonly Axes[] = [
  { ...noAxes, channels: true },
  { ...noAxes, width: true },
  { ...noAxes, height: true },
  { ...noAxes, batch: true },
];

/** Sets of axes that programs sweep. */
export const someAxes: readonly Axes[] = [
  ...oneAxis,
  { ...noAxes, height: true, width: true },
  { ...noAxes, width: true, channels: true },
  { batch: true, height: true, width: true, channels: true },
];

/** Returns an extent without the axes that are swept. */
export function sweptExtent(from: Extent, over: Axes): Extent {
  const sizes = Object.entries(from).map(([axis, size]) => [
    axis,
    over[axis as keyof Axes] ? 1 : size,
  ]);
  return Object.fromEntries(sizes) as Extent;
}

/** Returns the values of x at each place of the result, in the order of its data. */
export function sweptGroups(x: ArrayLike<number>, from: Extent, over: Axes): number[][] {
  const to = sweptExtent(from, over);
  const result: number[][] = [];
  for (const { n, y, x: column, channel, flat } of places(from)) {
    const row = (over.batch ? 0 : n) * to.height + (over.height ? 0 : y);
    const pixel = row * to.width + (over.width ? 0 : column);
    const index = pixel * to.channels + (over.channels ? 0 : channel);
    result[index] ??= [];
    result[index].push(x[flat]);
  }
  return result;
}

/** Returns a text for a set of axes. */
export function axesText(axes: Axes): string {
  const names = Object.entries(axes).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  return names.join(', ');
}
