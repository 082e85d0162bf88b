import { chunkOf, eachChunk, FilterJob, findColumns, listRows, Row, seenAt } from './filterJob';
import { copyPanel } from './panel';
import { loadLanes, madd, storeLanes } from './vector';

const PANEL_PIXEL: usize = 32;

/**
 * Computes the gradient of a filter, as a matrix [taps * inChannels, outChannels]: of each row the values
 * of x under one tap, times dy, summed over all pixels of dy. Pixels that see padding under a tap are left
 * out. Only rows `from` to `to` are computed, and of them the columns `first` to `last`, whole panels of 8.
 *
 * A tile of 6 rows x 8 columns has 12 vectors of sums, as in `dense`. A panel of dy in a chunk stays in the
 * L1 cache while all rows are applied to it. The sums of a chunk are added to those of the chunks before it,
 * which loses less than one sum over all pixels.
 */
export function filterGradient(job: FilterJob, from: i32, to: i32, first: i32, last: i32): void {
  last = min(last, job.outChannels);
  const row = (<usize>job.outChannels) << 2;
  let dw = job.dw + <usize>from * row + ((<usize>first) << 2);
  for (let left = to - from; left > 0; left--) {
    memory.fill(dw, 0, (<usize>(last - first)) << 2);
    dw += row;
  }
  eachChunk(job, from, to, first, last, addChunk);
}

/** Adds the sums over the pixels of a chunk. */
function addChunk(job: FilterJob, from: i32, to: i32, first: i32, last: i32): void {
  const pixel = (<usize>job.outChannels) << 2;
  const dy = chunkOf(job);
  for (let column = first; column < last; column += 8) {
    const lanes = min(8, last - column);
    const at = (<usize>column) << 2;
    copyPanel(dy + at, pixel, job.rowsInChunk * job.cols, job.panel, lanes);
    addPanel(job, from, to, job.dw + at, lanes);
  }
}

/** Adds the sums of one panel; `dw` is the address of its first column in row 0. */
function addPanel(job: FilterJob, from: i32, to: i32, dw: usize, lanes: i32): void {
  const channels = job.inChannels;
  const ofTaps = job.filterWidth * channels;
  for (let tapRow = from / ofTaps; tapRow * ofTaps < to; tapRow++) {
    listRows(job, tapRow, job.panel, PANEL_PIXEL);
    if (job.rowCount == 0) continue;
    for (let tapCol = 0; tapCol < job.filterWidth; tapCol++) {
      const row = tapRow * ofTaps + tapCol * channels;
      const start = max(0, from - row);
      const end = min(channels, to - row);
      findColumns(job, tapCol);
      if (start >= end || job.seen == 0) continue;
      const x = seenAt(job, tapCol) + ((<usize>start) << 2);
      const y = dw + ((<usize>((row + start) * job.outChannels)) << 2);
      addRows(job, x, y, end - start, lanes);
    }
  }
}

/** Adds the sums of `left` rows, one for each channel of x under the same tap. */
function addRows(job: FilterJob, x: usize, y: usize, left: i32, lanes: i32): void {
  const yRow = (<usize>job.outChannels) << 2;
  for (; left >= 6; left -= 6) {
    some(6, job, x, y, lanes);
    x += 24;
    y += 6 * yRow;
  }
  if (left == 5) {
    some(3, job, x, y, lanes);
    some(2, job, x + 12, y + 3 * yRow, lanes);
  } else if (left == 4) some(4, job, x, y, lanes);
  else if (left == 3) some(3, job, x, y, lanes);
  else if (left == 2) some(2, job, x, y, lanes);
  else if (left == 1) some(1, job, x, y, lanes);
}

/**
 * Adds the sums of `count` rows (letters a to f) by 8 columns; `count` is a compile-time constant.
 * @param x bytes from a listed row's x to the first value
 */
// @ts-ignore: decorator
@inline
function some(count: i32, job: FilterJob, x: usize, y: usize, lanes: i32): void {
  const step = (<usize>(job.strideWidth * job.inChannels)) << 2;
  const before = <usize>(job.seenFrom - job.firstCol) * PANEL_PIXEL;
  const seen = job.seen;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  let e0 = a0;
  let e1 = a0;
  let f0 = a0;
  let f1 = a0;
  let row = changetype<Row>(job.rows);
  for (let rows = job.rowCount; rows > 0; rows--) {
    let at = row.x + x;
    let dy = row.dy + before;
    for (let col = seen; col > 0; col--) {
      const w0 = v128.load(dy);
      const w1 = v128.load(dy, 16);
      dy += PANEL_PIXEL;
      const xa = v128.load32_splat(at);
      a0 = madd(xa, w0, a0);
      a1 = madd(xa, w1, a1);
      if (count > 1) {
        const xb = v128.load32_splat(at, 4);
        b0 = madd(xb, w0, b0);
        b1 = madd(xb, w1, b1);
      }
      if (count > 2) {
        const xc = v128.load32_splat(at, 8);
        c0 = madd(xc, w0, c0);
        c1 = madd(xc, w1, c1);
      }
      if (count > 3) {
        const xd = v128.load32_splat(at, 12);
        d0 = madd(xd, w0, d0);
        d1 = madd(xd, w1, d1);
      }
      if (count > 4) {
        const xe = v128.load32_splat(at, 16);
        e0 = madd(xe, w0, e0);
        e1 = madd(xe, w1, e1);
        const xf = v128.load32_splat(at, 20);
        f0 = madd(xf, w0, f0);
        f1 = madd(xf, w1, f1);
      }
      at += step;
    }
    row = changetype<Row>(changetype<usize>(row) + offsetof<Row>());
  }
  const yRow = (<usize>job.outChannels) << 2;
  add(y, a0, a1, lanes);
  if (count > 1) add(y + yRow, b0, b1, lanes);
  if (count > 2) add(y + 2 * yRow, c0, c1, lanes);
  if (count > 3) add(y + 3 * yRow, d0, d1, lanes);
  if (count > 4) {
    add(y + 4 * yRow, e0, e1, lanes);
    add(y + 5 * yRow, f0, f1, lanes);
  }
}

/** Adds the first `lanes` of 8 lanes to what lies at an address. */
function add(y: usize, v0: v128, v1: v128, lanes: i32): void {
  v0 = f32x4.add(loadLanes(y, min(4, lanes)), v0);
  if (lanes > 4) v1 = f32x4.add(loadLanes(y + 16, lanes - 4), v1);
  storeLanes(y, v0, v1, lanes);
}
