import { chunkOf, eachChunk, FilterJob, findColumns, listRows, next, Row, seenAt } from './filterJob';
import { PANEL_COLUMNS } from './numbers';
import { copyPanel } from './panel';
import { loadLanes, madd, storeLanes } from './vector';

/** Bytes of a pixel in a panel. */
const PANEL_PIXEL: usize = 32;

/**
 * Computes the gradient of a filter, as a matrix [taps * inChannels, outChannels]: of each row the values
 * of x under one tap, times dy, summed over all pixels of dy. Pixels that see padding under a tap are left
 * out. Only rows `from` to `to` are computed, and of them the columns `first` to `last`, whole panels of 8.
 *
 * A tile of 6 rows x 8 columns has 12 vectors of sums, as in `dense`. The values of x for 6 rows are packed
 * and stay in the L1 cache, while one panel of dy after the other, packed as well, is read from the L2
 * cache. The sums of a chunk are added to those of the chunks before it, which loses less than one sum over
 * all pixels.
 */
export function filterGradient(job: FilterJob, from: i32, to: i32, first: i32, last: i32): void {
  last = min(last, job.outChannels);
  const row = (<usize>job.outChannels) << 2;
  let dw = job.dw + <usize>from * row + ((<usize>first) << 2);
  for (let left = to - from; left > 0; left--) {
    memory.fill(dw, 0, (<usize>(last - first)) << 2);
    dw += row;
  }
  for (let column = first; column < last; column += PANEL_COLUMNS) {
    eachChunk(job, from, to, column, min(last, column + PANEL_COLUMNS), addChunk);
  }
}

/** Adds the sums over the pixels of a chunk. */
function addChunk(job: FilterJob, from: i32, to: i32, first: i32, last: i32): void {
  const pixels = job.rowsInChunk * job.cols;
  let dy = chunkOf(job) + ((<usize>first) << 2);
  let panel = job.panels;
  for (let column = first; column < last; column += 8) {
    copyPanel(dy, (<usize>job.outChannels) << 2, pixels, panel, min(8, last - column));
    dy += 32;
    panel += <usize>pixels * PANEL_PIXEL;
  }
  const channels = job.inChannels;
  const ofTaps = job.filterWidth * channels;
  const columns = last - first;
  for (let tapRow = from / ofTaps; tapRow * ofTaps < to; tapRow++) {
    listRows(job, tapRow, job.panels, PANEL_PIXEL);
    if (job.rowCount == 0) continue;
    for (let tapCol = 0; tapCol < job.filterWidth; tapCol++) {
      const row = tapRow * ofTaps + tapCol * channels;
      const start = max(0, from - row);
      const end = min(channels, to - row);
      findColumns(job, tapCol);
      if (start >= end || job.seen == 0) continue;
      const x = seenAt(job, tapCol) + ((<usize>start) << 2);
      const dw = job.dw + ((<usize>((row + start) * job.outChannels + first)) << 2);
      addRows(job, x, dw, end - start, columns);
    }
  }
}

/** Adds the sums of `left` rows, one for each channel of x under the same tap. */
function addRows(job: FilterJob, x: usize, dw: usize, left: i32, columns: i32): void {
  const row = (<usize>job.outChannels) << 2;
  for (; left >= 6; left -= 6) {
    tiles(6, job, x, dw, columns);
    x += 24;
    dw += 6 * row;
  }
  if (left == 5) {
    tiles(3, job, x, dw, columns);
    tiles(2, job, x + 12, dw + 3 * row, columns);
  } else if (left == 4) tiles(4, job, x, dw, columns);
  else if (left == 3) tiles(3, job, x, dw, columns);
  else if (left == 2) tiles(2, job, x, dw, columns);
  else if (left == 1) tiles(1, job, x, dw, columns);
}

/** Adds the sums of `count` rows, panel by panel; `count` is a compile-time constant. */
// @ts-ignore: decorator
@inline
function tiles(count: i32, job: FilterJob, x: usize, dw: usize, columns: i32): void {
  pack(count, job, x);
  const before = <usize>(job.seenFrom - job.firstCol) * PANEL_PIXEL;
  const panelBytes = <usize>(job.rowsInChunk * job.cols) * PANEL_PIXEL;
  let panel = before;
  for (let column = 0; column < columns; column += 8) {
    tile(count, job, panel, dw, min(8, columns - column));
    panel += panelBytes;
    dw += 32;
  }
}

/**
 * Packs the values of x that `count` rows read: `count` for each pixel that sees the tap.
 * @param x bytes from a listed row's x to the first value
 */
// @ts-ignore: decorator
@inline
function pack(count: i32, job: FilterJob, x: usize): void {
  const step = (<usize>(job.strideWidth * job.inChannels)) << 2;
  let to = job.packed;
  let row = changetype<Row>(job.rows);
  for (let rows = job.rowCount; rows > 0; rows--) {
    let at = row.x + x;
    for (let col = job.seen; col > 0; col--) {
      if (count >= 4) v128.store(to, v128.load(at));
      if (count == 6) store<u64>(to, load<u64>(at, 16), 16);
      if (count == 2 || count == 3) store<u64>(to, load<u64>(at));
      if (count == 3) store<u32>(to, load<u32>(at, 8), 8);
      if (count == 1) store<u32>(to, load<u32>(at));
      at += step;
      to += 4 * count;
    }
    row = next(row);
  }
}

/**
 * Adds the sums of `count` rows (letters a to f) by 8 columns; `count` is a compile-time constant.
 * @param panel bytes from a listed row's dy to the first pixel of the panel that sees the tap
 */
// @ts-ignore: decorator
@inline
function tile(count: i32, job: FilterJob, panel: usize, dw: usize, lanes: i32): void {
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
  let x = job.packed;
  let row = changetype<Row>(job.rows);
  for (let rows = job.rowCount; rows > 0; rows--) {
    let dy = row.dy + panel;
    for (let col = seen; col > 0; col--) {
      const w0 = v128.load(dy);
      const w1 = v128.load(dy, 16);
      dy += PANEL_PIXEL;
      const xa = v128.load32_splat(x);
      a0 = madd(xa, w0, a0);
      a1 = madd(xa, w1, a1);
      if (count > 1) {
        const xb = v128.load32_splat(x, 4);
        b0 = madd(xb, w0, b0);
        b1 = madd(xb, w1, b1);
      }
      if (count > 2) {
        const xc = v128.load32_splat(x, 8);
        c0 = madd(xc, w0, c0);
        c1 = madd(xc, w1, c1);
      }
      if (count > 3) {
        const xd = v128.load32_splat(x, 12);
        d0 = madd(xd, w0, d0);
        d1 = madd(xd, w1, d1);
      }
      if (count > 4) {
        const xe = v128.load32_splat(x, 16);
        e0 = madd(xe, w0, e0);
        e1 = madd(xe, w1, e1);
        const xf = v128.load32_splat(x, 20);
        f0 = madd(xf, w0, f0);
        f1 = madd(xf, w1, f1);
      }
      x += 4 * count;
    }
    row = next(row);
  }
  const dwRow = (<usize>job.outChannels) << 2;
  add(dw, a0, a1, lanes);
  if (count > 1) add(dw + dwRow, b0, b1, lanes);
  if (count > 2) add(dw + 2 * dwRow, c0, c1, lanes);
  if (count > 3) add(dw + 3 * dwRow, d0, d1, lanes);
  if (count > 4) {
    add(dw + 4 * dwRow, e0, e1, lanes);
    add(dw + 5 * dwRow, f0, f1, lanes);
  }
}

/** Adds the first `lanes` of 8 lanes to what lies at an address. */
function add(y: usize, v0: v128, v1: v128, lanes: i32): void {
  v0 = f32x4.add(loadLanes(y, min(4, lanes)), v0);
  if (lanes > 4) v1 = f32x4.add(loadLanes(y + 16, lanes - 4), v1);
  storeLanes(y, v0, v1, lanes);
}
