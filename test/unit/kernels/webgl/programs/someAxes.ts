import { type Axes, noAxes } from '../../../../../kernels/webgl/layout/axes.js';

/** Sets of axes that programs sweep. */
export const someAxes: readonly Axes[] = [
  { ...noAxes, channels: true },
  { ...noAxes, width: true },
  { ...noAxes, height: true },
  { ...noAxes, batch: true },
  { ...noAxes, height: true, width: true },
  { ...noAxes, width: true, channels: true },
  { batch: true, height: true, width: true, channels: true },
];

/** Returns a text for a set of axes. */
export function axesText(axes: Axes): string {
  const names = Object.entries(axes).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  return names.join(', ');
}
