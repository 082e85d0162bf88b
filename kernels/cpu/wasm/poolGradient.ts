import { colStepOf, eachWindow, Pool, rowStepOf } from './pool';
import { loadLanes } from './vector';

/** A pool whose gradient is computed; `y` is the address of the gradient dy of its output. */
@unmanaged
export class PoolGradient extends Pool {
  /** Address of the gradient of x. */
  dx: usize;
  /** The channels that are computed; the microkernel sets them itself. */
  first: i32;
  last: i32;
}

/**
 * Computes the gradient of a pool's input. A maximum passes the gradient of its window to its first
 * position, row by row, or nowhere if the window has only NaN and -Infinity. A mean passes equal shares to the
 * pixels of x in its window. Only channels `first` to `last` of images `from` to `to` are computed.
 */
export function poolGradient(job: PoolGradient, from: i32, to: i32, first: i32, last: i32): void {
  job.first = first;
  job.last = last;
  const pixel = (<usize>job.channels) << 2;
  const image = job.inHeight * job.inWidth;
  let dx = job.dx + <usize>(from * image) * pixel + ((<usize>first) << 2);
  for (let left = (to - from) * image; left > 0; left--) {
    memory.fill(dx, 0, (<usize>(last - first)) << 2);
    dx += pixel;
  }
  const rows = job.outHeight;
  if (job.isMax != 0) eachWindow(job, from * rows, to * rows, passToMaximum);
  else eachWindow(job, from * rows, to * rows, passToAll);
}

/** Adds the gradient of one window to the positions of its maxima. */
function passToMaximum(pool: Pool, x: usize, dy: usize, rows: i32, cols: i32): void {
  const job = changetype<PoolGradient>(pool);
  const colStep = colStepOf(pool);
  const rowStep = rowStepOf(pool);
  const colSteps = i32x4.splat(<i32>colStep);
  const toDx = job.dx - job.x;
  for (let channel = job.first; channel < job.last; channel += 4) {
    const lanes = min(4, job.last - channel);
    const from = x + ((<usize>channel) << 2);
    let most = f32x4.splat(<f32>-Infinity);
    // Bytes from the first tap to the maximum; -1 for none.
    let place = i32x4.splat(-1);
    for (let row = 0; row < rows; row++) {
      const step = <usize>row * rowStep;
      let at = from + step;
      let here = i32x4.splat(<i32>step);
      for (let col = 0; col < cols; col++) {
        const v = loadLanes(at, lanes);
        const isMore = f32x4.gt(v, most);
        most = v128.bitselect(v, most, isMore);
        place = v128.bitselect(here, place, isMore);
        here = i32x4.add(here, colSteps);
        at += colStep;
      }
    }
    const gradient = dy + ((<usize>channel) << 2);
    const dx = from + toDx;
    pass(dx, i32x4.extract_lane(place, 0), gradient);
    if (lanes > 1) pass(dx + 4, i32x4.extract_lane(place, 1), gradient + 4);
    if (lanes > 2) pass(dx + 8, i32x4.extract_lane(place, 2), gradient + 8);
    if (lanes > 3) pass(dx + 12, i32x4.extract_lane(place, 3), gradient + 12);
  }
}

/** Adds a gradient to the value at a place of the window. */
// @ts-ignore: decorator
@inline
function pass(dx: usize, place: i32, gradient: usize): void {
  if (place < 0) return;
  const at = dx + <usize>place;
  store<f32>(at, load<f32>(at) + load<f32>(gradient));
}

/** Adds shares of the gradient of one window to all of its positions. */
function passToAll(pool: Pool, x: usize, dy: usize, rows: i32, cols: i32): void {
  const job = changetype<PoolGradient>(pool);
  const colStep = colStepOf(pool);
  const rowStep = rowStepOf(pool);
  const count = <f32>(rows * cols);
  const dx = x + (job.dx - job.x);
  let channel = job.first;
  for (; channel + 4 <= job.last; channel += 4) {
    const start = (<usize>channel) << 2;
    const share = f32x4.div(v128.load(dy + start), f32x4.splat(count));
    for (let row = 0; row < rows; row++) {
      let at = dx + start + <usize>row * rowStep;
      for (let col = 0; col < cols; col++) {
        v128.store(at, f32x4.add(v128.load(at), share));
        at += colStep;
      }
    }
  }
  for (; channel < job.last; channel++) {
    const start = (<usize>channel) << 2;
    const share = load<f32>(dy + start) / count;
    for (let row = 0; row < rows; row++) {
      let at = dx + start + <usize>row * rowStep;
      for (let col = 0; col < cols; col++) {
        store<f32>(at, load<f32>(at) + share);
        at += colStep;
      }
    }
  }
}
