import type { ConvShape } from '../shape/convShape.js';

/** A run of output positions along one axis whose windows all see the same filter taps. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly tapFrom: number;
  readonly tapTo: number;
}

/** A rectangle of output pixels whose windows all see the same rectangle of filter taps. */
export interface Region {
  readonly rows: Span;
  readonly cols: Span;
}

interface Axis {
  readonly out: number;
  readonly in: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
}

/** Splits [0, out) into maximal spans; their tap ranges exclude taps outside the input. */
export function spans(axis: Axis): Span[] {
  const found: Span[] = [];
  for (let at = 0; at < axis.out; at++) {
    const corner = at * axis.stride - axis.pad;
    const tapFrom = Math.min(axis.filter, Math.max(0, Math.ceil(-corner / axis.dilation)));
    const inside = Math.ceil((axis.in - corner) / axis.dilation);
    const tapTo = Math.max(tapFrom, Math.min(axis.filter, inside));
    const last = found.at(-1);
    if (last?.tapFrom === tapFrom && last.tapTo === tapTo) {
      found[found.length - 1] = { ...last, to: at + 1 };
    } else {
      found.push({ from: at, to: at + 1, tapFrom, tapTo });
    }
  }
  return found;
}

/**
 * Cuts the output into regions. Inside a region no border check is needed. Padding is never
 * multiplied by a weight, so an infinite weight at the border does not cause NaN.
 */
export function regions(s: ConvShape): Region[] {
  const rows = spans({
    out: s.outHeight,
    in: s.inHeight,
    filter: s.filterHeight,
    stride: s.strideHeight,
    dilation: s.dilationHeight,
    pad: s.padTop,
  });
  const cols = spans({
    out: s.outWidth,
    in: s.inWidth,
    filter: s.filterWidth,
    stride: s.strideWidth,
    dilation: s.dilationWidth,
    pad: s.padLeft,
  });
  return rows.flatMap((row) => cols.map((col) => ({ rows: row, cols: col })));
}

/** Offsets of a region's pixels in NHWC arrays, in elements. */
export interface Pixels {
  readonly count: number;
  /** Offsets of channel 0 of the input pixel under the first visible tap. */
  readonly x: Int32Array;
  /** Offsets of channel 0 of the output pixel. */
  readonly y: Int32Array;
}

/** Lists the pixels of a region over the whole batch, row by row. */
export function pixelsOf(s: ConvShape, { rows, cols }: Region): Pixels {
  const count = s.batch * (rows.to - rows.from) * (cols.to - cols.from);
  const x = new Int32Array(count);
  const y = new Int32Array(count);
  let i = 0;
  for (let n = 0; n < s.batch; n++) {
    for (let r = rows.from; r < rows.to; r++) {
      const xRow = r * s.strideHeight - s.padTop + rows.tapFrom * s.dilationHeight;
      for (let c = cols.from; c < cols.to; c++) {
        const xCol = c * s.strideWidth - s.padLeft + cols.tapFrom * s.dilationWidth;
        x[i] = ((n * s.inHeight + xRow) * s.inWidth + xCol) * s.inChannels;
        y[i] = ((n * s.outHeight + r) * s.outWidth + c) * s.outChannels;
        i++;
      }
    }
  }
  return { count, x, y };
}
