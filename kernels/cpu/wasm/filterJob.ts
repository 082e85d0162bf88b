import { endInside, firstInside } from './inside';

/**
 * A convolution of which the gradient of the filter is computed. ../filterGradient.ts writes this class
 * field by field.
 */
@unmanaged
export class FilterJob {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padTop: i32;
  padLeft: i32;
  x: usize;
  dy: usize;
  /** Address of the gradient [filterHeight, filterWidth, inChannels, outChannels]. */
  dw: usize;
  /** Most pixels of dy in a chunk. */
  capacity: i32;
  /** Address of as many rows. */
  rows: usize;
  /** Addresses of what `filterGradient` packs: values of x, and panels of dy. */
  packed: usize;
  panels: usize;

  // The microkernels set these themselves.
  /** First row of dy in the chunk, counted over all images, and number of rows. */
  firstRow: i32;
  rowsInChunk: i32;
  /** First column of dy in the chunk, and number of columns. */
  firstCol: i32;
  cols: i32;
  /** Number of rows in the list. */
  rowCount: i32;
  /** Columns of the chunk that see the tap: the first one, and how many there are. */
  seenFrom: i32;
  seen: i32;
}

/** A row of dy in the chunk, and the row of x that it sees under a row of taps. */
@unmanaged
export class Row {
  /** Address of x at column 0 of dy and of the taps; it may lie before x. */
  x: usize;
  /** Address of dy's values at the first column of the chunk. */
  dy: usize;
}

/** Returns the row after another one in a list. */
// @ts-ignore: decorator
@inline
export function next(row: Row): Row {
  return changetype<Row>(changetype<usize>(row) + offsetof<Row>());
}

/**
 * Cuts dy into chunks: some rows of it or, if one is longer than a chunk, a part of one. The pixels of a
 * chunk follow each other.
 */
export function eachChunk(
  job: FilterJob,
  from: i32,
  to: i32,
  first: i32,
  last: i32,
  use: (job: FilterJob, from: i32, to: i32, first: i32, last: i32) => void,
): void {
  const rows = job.batch * job.outHeight;
  const cols = min(job.outWidth, job.capacity);
  const most = job.capacity / cols;
  for (let row = 0; row < rows; row += most) {
    job.firstRow = row;
    job.rowsInChunk = min(most, rows - row);
    for (let col = 0; col < job.outWidth; col += cols) {
      job.firstCol = col;
      job.cols = min(cols, job.outWidth - col);
      use(job, from, to, first, last);
    }
  }
}

/** Returns the address of the first pixel of the chunk. */
// @ts-ignore: decorator
@inline
export function chunkOf(job: FilterJob): usize {
  const pixel = job.firstRow * job.outWidth + job.firstCol;
  return job.dy + <usize>(pixel * job.outChannels) * 4;
}

/**
 * Lists the rows of the chunk that see a row of taps inside x.
 * @param dy address of the chunk's first pixel
 * @param pixel bytes from one of its pixels to the next
 */
export function listRows(job: FilterJob, tap: i32, dy: usize, pixel: usize): void {
  const xPixel = (<usize>job.inChannels) << 2;
  const dyRow = <usize>job.cols * pixel;
  let image = job.firstRow / job.outHeight;
  let row = job.firstRow % job.outHeight;
  let at = changetype<Row>(job.rows);
  let count = 0;
  for (let left = job.rowsInChunk; left > 0; left--) {
    const xRow = row * job.strideHeight - job.padTop + tap * job.dilationHeight;
    if (xRow >= 0 && xRow < job.inHeight) {
      at.x = job.x + <usize>((image * job.inHeight + xRow) * job.inWidth - job.padLeft) * xPixel;
      at.dy = dy;
      at = next(at);
      count++;
    }
    dy += dyRow;
    if (++row == job.outHeight) {
      row = 0;
      image++;
    }
  }
  job.rowCount = count;
}

/** Finds the columns of the chunk that see a column of taps inside x. */
export function findColumns(job: FilterJob, tap: i32): void {
  const at = tap * job.dilationWidth - job.padLeft;
  const from = max(job.firstCol, firstInside(at, job.strideWidth));
  const end = endInside(at, job.strideWidth, job.inWidth, job.firstCol + job.cols);
  job.seenFrom = from;
  job.seen = max(0, end - from);
}

/** Returns the bytes from a listed row's x to what the first column that sees a tap sees under it. */
// @ts-ignore: decorator
@inline
export function seenAt(job: FilterJob, tap: i32): usize {
  const col = job.seenFrom * job.strideWidth + tap * job.dilationWidth;
  return <usize>(col * job.inChannels) << 2;
}
