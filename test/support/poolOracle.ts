/** Gradients of tfjs's pools in float64, by definition, with bounds on an engine's answers. */
import type { PoolGradient, PoolGradientOp } from '../../kernels/shape/poolGradient.js';
import { type Reference, sumBound } from '../../src/validator/index.js';
import { DIVISION } from './rounding.js';

export function describePooling(op: PoolGradientOp, g: PoolGradient): string {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = g;
  const windows = `${filterHeight}x${filterWidth}, strides ${strideHeight}x${strideWidth}`;
  const pads = padTop + padLeft > 0 ? `, pads ${padTop}x${padLeft}` : '';
  return `${op} ${windows}${pads}, of ${g.batch}x${g.height}x${g.width}x${g.channels}`;
}

/**
 * Computes dx[n, y, x, c] = sum over the windows (i, j) that cover (y, x) of share * dy[n, i, j, c]. The
 * share of a mean is one over the number of pixels of the input that the window covers. That of a maximum
 * is 1 for the first of the largest values, in the order of the rows, and 0 for all others, NaN and
 * -Infinity among them. dy of a maximum must be of whole numbers: their sums are exact.
 */
export function poolGradientOracle(
  op: PoolGradientOp,
  g: PoolGradient,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Reference {
  const shape = [g.batch, g.height, g.width, g.channels];
  const size = shape.reduce((a, b) => a * b);
  const [values, bounds] = [new Float64Array(size), new Float64Array(size)];
  const at = (n: number, row: number, column: number, c: number) =>
    ((n * g.height + row) * g.width + column) * g.channels + c;
  const isInside = (row: number, column: number) =>
    row >= 0 && row < g.height && column >= 0 && column < g.width;
  const windowOf = (n: number, i: number, j: number, c: number) => {
    const taps = Array.from({ length: g.filterHeight * g.filterWidth }, (_, tap) => ({
      row: i * g.strideHeight - g.padTop + Math.floor(tap / g.filterWidth),
      column: j * g.strideWidth - g.padLeft + (tap % g.filterWidth),
    }));
    return taps.filter((t) => isInside(t.row, t.column)).map((t) => at(n, t.row, t.column, c));
  };
  const terms = new Float64Array(size);
  const magnitudes = new Float64Array(size);
  for (let flat = 0; flat < dy.length; flat++) {
    const c = flat % g.channels;
    const j = Math.floor(flat / g.channels) % g.outWidth;
    const i = Math.floor(flat / g.channels / g.outWidth) % g.outHeight;
    const n = Math.floor(flat / g.channels / g.outWidth / g.outHeight);
    const window = windowOf(n, i, j, c);
    const largest = Math.max(...window.map((p) => x[p]).filter((v) => !Number.isNaN(v)));
    const first = window.find((p) => x[p] === largest && largest > Number.NEGATIVE_INFINITY);
    const takers = op === 'avg' ? window : window.filter((p) => p === first);
    for (const p of takers) {
      const term = dy[flat] / takers.length;
      values[p] += term;
      terms[p]++;
      magnitudes[p] += Math.abs(term);
    }
  }
  if (op === 'avg') {
    for (let p = 0; p < size; p++) {
      bounds[p] = DIVISION * magnitudes[p] + sumBound(terms[p], magnitudes[p]);
    }
  }
  return { shape, values, bounds };
}
