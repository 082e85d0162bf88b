/** Gradients of tfjs's resizes in float64, by definition, with bounds on an engine's answers. */
import type { ResizeMethod } from '../../kernels/shape/resize.js';
import { type Reference, sumBound, UNIT, UNITS_PER_OPERATION } from '../../src/validator/index.js';

export interface Resizing {
  readonly method: ResizeMethod;
  readonly batch: number;
  readonly channels: number;
  /** Height and width of the images before resizing; `to` has the size after it. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Precision in which an engine computes the places of pixels. */
export type Precision = 'float64' | 'float32';

/** Weight of an input position in an output position, and the error that an engine may make. */
interface Weight {
  readonly value: number;
  readonly error: number;
}

export function describeResizing({ method, from, to, ...r }: Resizing): string {
  const flags = `${r.alignCorners ? ', corners aligned' : ''}${r.halfPixelCenters ? ', half pixels' : ''}`;
  return `${method} ${from.join('x')} to ${to.join('x')}${flags}`;
}

/** Returns weights[o][i]: the weight of input i in output o along an axis, by tfjs's formula. */
function weightsOf(r: Resizing, axis: 0 | 1, precision: Precision): Weight[][] {
  const round = precision === 'float32' ? Math.fround : (value: number) => value;
  const [size, outSize] = [r.from[axis], r.to[axis]];
  const apart = r.alignCorners && outSize > 1 ? 1 : 0;
  const ratio = round((size - apart) / (outSize - apart));
  // The ratio, its product and the difference are rounded, each by at most a unit of `size`.
  const error = precision === 'float32' ? 3 * UNITS_PER_OPERATION * UNIT * size : 0;
  const inside = (place: number) => Math.max(0, Math.min(size - 1, place));
  return Array.from({ length: outSize }, (_, o) => {
    const center = round((r.halfPixelCenters ? o + 0.5 : o) * ratio);
    if (r.method === 'nearest') {
      const pixel = inside(Math.floor(round(center + (r.alignCorners ? 0.5 : 0))));
      return Array.from({ length: size }, (_, i) => ({ value: i === pixel ? 1 : 0, error: 0 }));
    }
    const place = inside(r.halfPixelCenters ? center - 0.5 : center);
    return Array.from({ length: size }, (_, i) => {
      const away = Math.abs(place - i);
      return { value: Math.max(0, 1 - away), error: away < 1 + error ? error : 0 };
    });
  });
}

/**
 * Computes dx[n, y, x, c] = sum over i, j of weight(i, y) * weight(j, x) * dy[n, i, j, c]. A term
 * is rounded as a term of a sum of products is, and three times more: each weight, and the product
 * of both.
 */
export function resizeGradientOracle(
  r: Resizing,
  dy: ArrayLike<number>,
  precision: Precision,
): Reference {
  const [height, width] = r.from;
  const [outHeight, outWidth] = r.to;
  const shape = [r.batch, height, width, r.channels] as const;
  const size = r.batch * height * width * r.channels;
  const values = new Float64Array(size);
  const bounds = new Float64Array(size);
  const [down, across] = ([0, 1] as const).map((axis) => weightsOf(r, axis, precision));
  for (let at = 0; at < size; at++) {
    const c = at % r.channels;
    const x = Math.floor(at / r.channels) % width;
    const y = Math.floor(at / r.channels / width) % height;
    const n = Math.floor(at / r.channels / width / height);
    let [terms, magnitude, misplaced] = [0, 0, 0];
    for (let i = 0; i < outHeight; i++) {
      const row = down[i][y];
      if (row.value + row.error === 0) continue;
      for (let j = 0; j < outWidth; j++) {
        const column = across[j][x];
        if (column.value + column.error === 0) continue;
        const value = dy[((n * outHeight + i) * outWidth + j) * r.channels + c];
        const weight = row.value * column.value;
        const most = (row.value + row.error) * (column.value + column.error);
        terms++;
        values[at] += weight * value;
        magnitude += Math.abs(most * value);
        misplaced += Math.abs((most - weight) * value);
      }
    }
    bounds[at] = terms === 0 ? 0 : misplaced + sumBound(terms + 3, magnitude);
  }
  return { shape, values, bounds };
}

/**
 * Computes that gradient for nearest neighbours from an engine's own forward kernel: `indices` is
 * an image of pixel numbers, resized. Sums of whole numbers are exact, so all bounds are zero.
 */
export function gradientOfIndices(
  r: Resizing,
  indices: ArrayLike<number>,
  dy: ArrayLike<number>,
): Reference {
  const pixels = r.from[0] * r.from[1];
  const outPixels = r.to[0] * r.to[1];
  const values = new Float64Array(r.batch * pixels * r.channels);
  for (let at = 0; at < dy.length; at++) {
    const n = Math.floor(at / r.channels / outPixels);
    const pixel = indices[Math.floor(at / r.channels) % outPixels];
    values[(n * pixels + pixel) * r.channels + (at % r.channels)] += dy[at];
  }
  const shape = [r.batch, ...r.from, r.channels];
  return { shape, values, bounds: new Float64Array(values.length) };
}
