import { isDepthwise, outChannelsOf } from './convCase.js';
import type { Convolved, Geometry } from './oracle.js';
import { outputOf, placer } from './oracle.js';

/**
 * Callback for one product of a convolution, by flat indices: x[x] * w[w] is part of the sum y[y].
 */
type Visit = (x: number, w: number, y: number) => void;

/** Calls `visit` for every product of the convolution `g`. */
function eachProduct(g: Geometry, visit: Visit): void {
  const [batch, inHeight, inWidth, inChannels] = g.in;
  const [filterHeight, filterWidth, , last] = g.filter;
  const depthwise = isDepthwise(g.kernel);
  const { rows, cols, top, left } = outputOf(g);
  const inAt = placer(g.format, inHeight, inWidth, inChannels);
  const outAt = placer(g.format, rows, cols, outChannelsOf(g));
  for (let n = 0; n < batch; n++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        for (let i = 0; i < filterHeight; i++) {
          const row = r * g.stride[0] + i - top;
          if (row < 0 || row >= inHeight) continue;
          for (let j = 0; j < filterWidth; j++) {
            const col = c * g.stride[1] + j - left;
            if (col < 0 || col >= inWidth) continue;
            for (let d = 0; d < inChannels; d++) {
              const tap = ((i * filterWidth + j) * inChannels + d) * last;
              const first = depthwise ? d * last : 0;
              for (let k = 0; k < last; k++) {
                visit(inAt(n, row, col, d), tap + k, outAt(n, r, c, first + k));
              }
            }
          }
        }
      }
    }
  }
}

/**
 * Computes the gradient of sum(dy * conv2d(x, w)) with respect to x, which is also the transposed
 * convolution of dy: dx[n, row, col, d] is the sum of dy[n, r, c, k] * w[i, j, d, k] over all r, c,
 * i, j, k for which r * strideH + i - top = row and c * strideW + j - left = col. For a depthwise
 * convolution it is that of dy[n, r, c, d * multiplier + k]. The result has the shape of x.
 */
export function inputGradient(g: Geometry, dy: ArrayLike<number>, w: ArrayLike<number>): Convolved {
  const [n, h, width, d] = g.in;
  const sums = zeros(g.format === 'NHWC' ? [n, h, width, d] : [n, d, h, width]);
  eachProduct(g, (x, tap, y) => add(sums, x, dy[y] * w[tap]));
  return { ...sums, terms: g.filter[0] * g.filter[1] * g.filter[3] };
}

/**
 * Computes the gradient of sum(dy * conv2d(x, w)) with respect to w: dw[i, j, d, k] is the sum over
 * n, r, c of x[n, r * strideH + i - top, c * strideW + j - left, d] * dy[n, r, c, k], over
 * positions inside x only; of a depthwise convolution dy[n, r, c, d * multiplier + k].
 */
export function filterGradient(
  g: Geometry,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Convolved {
  const { rows, cols } = outputOf(g);
  const sums = zeros(g.filter);
  eachProduct(g, (at, tap, y) => add(sums, tap, x[at] * dy[y]));
  return { ...sums, terms: g.in[0] * rows * cols };
}

type Sums = Omit<Convolved, 'terms'>;

function zeros(shape: Convolved['shape']): Sums {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: new Float64Array(size), magnitudes: new Float64Array(size) };
}

function add(sums: Sums, at: number, product: number): void {
  sums.values[at] += product;
  sums.magnitudes[at] += Math.abs(product);
}
