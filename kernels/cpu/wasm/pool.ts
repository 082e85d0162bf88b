import { endInside, firstInside } from './inside';

/** The parameters of a pool. ../pool.ts writes them, in this order. */
@unmanaged
export class Pool {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padTop: i32;
  padLeft: i32;
  isMax: i32;
  x: usize;
  y: usize;
}

/**
 * Computes the maximum of each window, ignoring NaN, or the mean. Padding does not count. Only output
 * rows `from` to `to`, counted over all images, are computed.
 */
export function pool(job: Pool, from: i32, to: i32): void {
  if (job.isMax != 0) eachWindow(job, from, to, maximum);
  else eachWindow(job, from, to, mean);
}

/**
 * Passes each window of output rows `from` to `to`, counted over all images, to `use`: the addresses of its
 * first pixel inside x and of its output, and how many rows and columns of taps are inside.
 */
// @ts-ignore: decorator
@inline
export function eachWindow(
  job: Pool,
  from: i32,
  to: i32,
  use: (job: Pool, x: usize, y: usize, rows: i32, cols: i32) => void,
): void {
  const channels = job.channels;
  const pixel = (<usize>channels) << 2;
  let y = job.y + <usize>(from * job.outWidth) * pixel;
  for (let n = 0; n < job.batch; n++) {
    const image = job.x + <usize>(n * job.inHeight * job.inWidth) * pixel;
    const before = n * job.outHeight;
    const end = min(job.outHeight, to - before);
    for (let row = max(0, from - before); row < end; row++) {
      const top = row * job.strideHeight - job.padTop;
      const tapTop = firstInside(top, job.dilationHeight);
      const tapBottom = endInside(top, job.dilationHeight, job.inHeight, job.filterHeight);
      for (let col = 0; col < job.outWidth; col++) {
        const left = col * job.strideWidth - job.padLeft;
        const tapLeft = firstInside(left, job.dilationWidth);
        const tapRight = endInside(left, job.dilationWidth, job.inWidth, job.filterWidth);
        const rows = max(0, tapBottom - tapTop);
        const cols = max(0, tapRight - tapLeft);
        const firstRow = top + tapTop * job.dilationHeight;
        const firstCol = left + tapLeft * job.dilationWidth;
        const x = image + <usize>(firstRow * job.inWidth + firstCol) * pixel;
        use(job, x, y, rows, cols);
        y += pixel;
      }
    }
  }
}

function maximum(job: Pool, x: usize, y: usize, rows: i32, cols: i32): void {
  window(true, job, x, y, rows, cols);
}

function mean(job: Pool, x: usize, y: usize, rows: i32, cols: i32): void {
  window(false, job, x, y, rows, cols);
}

/** Computes one output pixel; `isMax` is a compile-time constant. */
// @ts-ignore: decorator
@inline
function window(isMax: bool, job: Pool, x: usize, y: usize, rows: i32, cols: i32): void {
  const colStep = colStepOf(job);
  const rowStep = rowStepOf(job);
  const count = <f32>(rows * cols);
  const start: f32 = isMax ? <f32>-Infinity : 0;
  let left = job.channels;
  for (; left >= 4; left -= 4) {
    let sum = f32x4.splat(start);
    for (let row = 0; row < rows; row++) {
      let at = x + <usize>row * rowStep;
      for (let col = 0; col < cols; col++) {
        const v = v128.load(at);
        sum = isMax ? f32x4.pmax(sum, v) : f32x4.add(sum, v);
        at += colStep;
      }
    }
    v128.store(y, isMax ? sum : f32x4.div(sum, f32x4.splat(count)));
    x += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    let sum = start;
    for (let row = 0; row < rows; row++) {
      let at = x + <usize>row * rowStep;
      for (let col = 0; col < cols; col++) {
        const v = load<f32>(at);
        if (!isMax) sum += v;
        else if (v > sum) sum = v;
        at += colStep;
      }
    }
    store<f32>(y, isMax ? sum : sum / count);
    x += 4;
    y += 4;
  }
}

/** Returns the bytes of x from one column of taps to the next. */
// @ts-ignore: decorator
@inline
export function colStepOf(job: Pool): usize {
  return (<usize>(job.dilationWidth * job.channels)) << 2;
}

/** Returns the bytes of x from one row of taps to the next. */
// @ts-ignore: decorator
@inline
export function rowStepOf(job: Pool): usize {
  return (<usize>(job.dilationHeight * job.inWidth * job.channels)) << 2;
}
