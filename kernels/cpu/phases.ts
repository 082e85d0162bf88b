/** Regions of transposed convolutions: gradients of a convolution's input, from dy to dx. */
import type { ConvShape } from '../shape/convShape.js';
import type { JobRegion, Rows } from './jobPlan.js';
import { type Span, spans } from './regions.js';

/**
 * The positions `phase`, `phase + stride`, .. of dx along an axis. They see the same taps: every
 * `stride`-th tap, starting with `first`. Each of these taps reads dy `dilation` positions before the
 * previous tap. Either the stride or the dilation is 1.
 */
interface Phase {
  readonly phase: number;
  readonly first: number;
  readonly stride: number;
  readonly dilation: number;
  /** Position of dy that the first position of the phase reads under the first tap. */
  readonly start: number;
  readonly spans: readonly Span[];
}

/** Sizes of a convolution along an axis. */
interface Axis {
  readonly in: number;
  readonly out: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
}

function phasesOf({ in: size, out: dySize, filter, stride, dilation, pad }: Axis): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, phase) => {
    const first = (phase + pad) % stride;
    const start = (phase + pad - first) / stride;
    const taps = Math.max(0, Math.ceil((filter - first) / stride));
    // Position `at` reads dy[at + start - tap * dilation]: a window that ends at dy[at + start], with its
    // taps reversed.
    const out = Math.ceil((size - phase) / stride);
    const before = (taps - 1) * dilation - start;
    const found = spans({ out, in: dySize, filter: taps, stride: 1, dilation, pad: before });
    const reversed = found.map(({ from, to, tapFrom, tapTo }) => ({
      from,
      to,
      tapFrom: taps - tapTo,
      tapTo: taps - tapFrom,
    }));
    return { phase, first, stride, dilation, start, spans: reversed };
  });
}

/**
 * Cuts dx into regions whose pixels see the same taps; `s` is the shape of the convolution from x to y.
 * @param length the same field of each region
 * @param tapDepth number of products of one sum under one tap
 */
export function transposedRegions(s: ConvShape, length: number, tapDepth: number): JobRegion[] {
  const { filterWidth, inHeight, inWidth, outHeight, outWidth } = s;
  const [pixel, dyPixel] = [4 * s.inChannels, 4 * s.outChannels];
  const rowPhases = phasesOf({
    ...{ in: inHeight, out: outHeight, filter: s.filterHeight },
    ...{ stride: s.strideHeight, dilation: s.dilationHeight, pad: s.padTop },
  });
  const colPhases = phasesOf({
    ...{ in: inWidth, out: outWidth, filter: filterWidth },
    ...{ stride: s.strideWidth, dilation: s.dilationWidth, pad: s.padLeft },
  });
  const regionOf = (row: Phase, rows: Span, col: Phase, cols: Span): JobRegion => {
    const dyRow = rows.from + row.start - rows.tapFrom * row.dilation;
    const dyCol = cols.from + col.start - cols.tapFrom * col.dilation;
    const dxRow = row.phase + rows.from * row.stride;
    const dxCol = col.phase + cols.from * col.stride;
    const tapRow = row.first + rows.tapFrom * row.stride;
    const tapCol = col.first + cols.tapFrom * col.stride;
    return {
      batch: s.batch,
      rows: rows.to - rows.from,
      cols: cols.to - cols.from,
      row: 0,
      x: (dyRow * outWidth + dyCol) * dyPixel,
      xBatch: outHeight * outWidth * dyPixel,
      xRow: outWidth * dyPixel,
      xCol: dyPixel,
      y: (dxRow * inWidth + dxCol) * pixel,
      yBatch: inHeight * inWidth * pixel,
      yRow: row.stride * inWidth * pixel,
      yCol: col.stride * pixel,
      tapRows: rows.tapTo - rows.tapFrom,
      runs: cols.tapTo - cols.tapFrom,
      length,
      xTapRow: -row.dilation * outWidth * dyPixel,
      xRun: -col.dilation * dyPixel,
      w: (tapRow * filterWidth + tapCol) * tapDepth,
      wTapRow: row.stride * filterWidth * tapDepth,
      wRun: col.stride * tapDepth,
    };
  };
  return rowPhases.flatMap((row) =>
    row.spans.flatMap((rows) =>
      colPhases.flatMap((col) => col.spans.map((cols) => regionOf(row, rows, col, cols))),
    ),
  );
}

/** Describes the rows of regions that do not follow each other in the output. */
export function rowsOfRegions(regions: readonly JobRegion[]): Rows {
  const count = regions.reduce((most, { rows }) => Math.max(most, rows), 0);
  return { count, values: 0, least: 1, areOrdered: false };
}
