/**
 * The roofline as a drawing: multiply-adds per fetched texel across, GFLOP/s up, both logarithmic.
 */

import { type Attributes, h, type Tree } from '../../report/html.js';
import { type Ceilings, ridge, roof, ticks } from './roofline.js';

export interface RooflinePoint {
  id: string;
  /** Index of its class, which sets the colour. */
  group: number;
  variant: string;
  /** Multiply-adds per fetched texel. */
  intensity: number;
  gflops: number;
}

const margin = { left: 46, right: 14, top: 14, bottom: 42 };

const fixed = (value: number) => value.toFixed(1);

const middle = { 'text-anchor': 'middle' };
const end = { 'text-anchor': 'end' };

const line = (attributes: Attributes) => h('line', attributes);
const text = (attributes: Attributes, content: string) => h('text', attributes, content);

function pointText({ id, variant, intensity, gflops }: RooflinePoint): string {
  return `${id}: ${gflops.toFixed(1)} GFLOP/s at ${intensity.toFixed(1)} multiply-adds a texel, ${variant}`;
}

/** Draws the roofline at a size in CSS pixels, so that its text matches the page's text size. */
export function rooflineSvg(
  points: readonly RooflinePoint[],
  ceilings: Ceilings,
  [width, height]: readonly [number, number],
): Tree<'svg'> {
  const edge = ridge(ceilings);
  const xs = points.map(({ intensity }) => intensity);
  const ys = points.map(({ gflops }) => gflops);
  const xTicks = ticks(Math.min(edge / 2, ...xs), Math.max(edge * 2, ...xs));
  const yTicks = ticks(Math.min(ceilings.maddGflops / 10, ...ys), ceilings.maddGflops * 1.2);
  const scale = (marks: readonly number[], from: number, to: number) => {
    const low = Math.log(marks[0]);
    const range = Math.log(marks[marks.length - 1]) - low;
    return (value: number) => from + ((Math.log(value) - low) / range) * (to - from);
  };
  const x = scale(xTicks, margin.left, width - margin.right);
  const y = scale(yTicks, height - margin.bottom, margin.top);
  const bottom = height - margin.bottom;
  const right = width - margin.right;

  const across = xTicks.flatMap((mark) => [
    line({ x1: fixed(x(mark)), x2: fixed(x(mark)), y1: margin.top, y2: bottom }),
    text({ ...middle, x: fixed(x(mark)), y: bottom + 16 }, String(mark)),
  ]);
  const up = yTicks.flatMap((mark) => [
    line({ x1: margin.left, x2: right, y1: fixed(y(mark)), y2: fixed(y(mark)) }),
    text({ ...end, x: margin.left - 6, y: fixed(y(mark) + 4) }, String(mark)),
  ]);
  // The roof starts at the left edge or, where it is too low there, at the lower edge.
  const start = Math.max(xTicks[0], yTicks[0] / (2 * ceilings.fetchGtexels));
  const corners = [start, edge, xTicks[xTicks.length - 1]];
  const path = corners.map((at) => `${fixed(x(at))},${fixed(y(roof(ceilings, at)))}`).join(' ');
  return h(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Roofline plot' },
    h('g', { class: 'grid' }, ...across, ...up),
    h('polyline', { class: 'roof', points: path }),
    text(
      { ...end, class: 'limit', x: right - 4, y: fixed(y(ceilings.maddGflops) - 6) },
      `${ceilings.maddGflops.toFixed(1)} GFLOP/s`,
    ),
    text(
      { class: 'limit', x: fixed(x(start) + 10), y: fixed(y(roof(ceilings, start)) + 14) },
      `${ceilings.fetchGtexels.toFixed(2)} Gtexel/s`,
    ),
    text(
      { ...middle, class: 'axis', x: (margin.left + right) / 2, y: height - 6 },
      'multiply-adds a fetched texel',
    ),
    text({ class: 'axis', x: margin.left + 6, y: margin.top + 12 }, 'GFLOP/s'),
    ...points.map((point) => {
      const [cx, cy] = [fixed(x(point.intensity)), fixed(y(point.gflops))];
      const name = h('title', {}, pointText(point));
      return h('circle', { class: `g${point.group}`, cx, cy, r: 5 }, name);
    }),
  );
}
