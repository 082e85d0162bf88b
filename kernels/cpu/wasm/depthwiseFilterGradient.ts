import { chunkOf, eachChunk, FilterJob, findColumns, listRows, next, Row, seenAt } from './filterJob';
import { madd } from './vector';

/**
 * Computes the gradient [taps, channels] of the filter of a depthwise convolution with as many channels of x
 * as of dy: of each tap the values of x under it, times dy, summed over all pixels of dy. Pixels that see
 * padding under a tap are left out. Only taps `from` to `to` are computed.
 */
export function depthwiseFilterGradient(job: FilterJob, from: i32, to: i32): void {
  const channels = job.outChannels;
  const dw = job.dw + ((<usize>(from * channels)) << 2);
  memory.fill(dw, 0, (<usize>((to - from) * channels)) << 2);
  eachChunk(job, from, to, 0, channels, addChunk);
}

/** Adds the sums over the pixels of a chunk. */
function addChunk(job: FilterJob, from: i32, to: i32, _first: i32, channels: i32): void {
  const pixel = (<usize>channels) << 2;
  const width = job.filterWidth;
  const dy = chunkOf(job);
  for (let tapRow = from / width; tapRow * width < to; tapRow++) {
    listRows(job, tapRow, dy, pixel);
    if (job.rowCount == 0) continue;
    const end = min(width, to - tapRow * width);
    for (let tapCol = max(0, from - tapRow * width); tapCol < end; tapCol++) {
      findColumns(job, tapCol);
      if (job.seen > 0) addTap(job, tapRow * width + tapCol, seenAt(job, tapCol));
    }
  }
}

/** Adds the sums of one tap. */
function addTap(job: FilterJob, tap: i32, x: usize): void {
  const channels = job.outChannels;
  let dy = (<usize>((job.seenFrom - job.firstCol) * channels)) << 2;
  let y = job.dw + ((<usize>(tap * channels)) << 2);
  let left = channels;
  for (; left >= 16; left -= 16) {
    some(4, job, x, dy, y);
    x += 64;
    dy += 64;
    y += 64;
  }
  for (; left >= 4; left -= 4) {
    some(1, job, x, dy, y);
    x += 16;
    dy += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    one(job, x, dy, y);
    x += 4;
    dy += 4;
    y += 4;
  }
}

/**
 * Adds the sums of `vectors` vectors of channels; `vectors` is a compile-time constant.
 * @param x bytes from a listed row's x to the first value; `dy` likewise
 */
// @ts-ignore: decorator
@inline
function some(vectors: i32, job: FilterJob, x: usize, dy: usize, y: usize): void {
  const dyStep = (<usize>job.outChannels) << 2;
  const xStep = <usize>job.strideWidth * dyStep;
  const seen = job.seen;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let row = changetype<Row>(job.rows);
  for (let rows = job.rowCount; rows > 0; rows--) {
    let a = row.x + x;
    let b = row.dy + dy;
    for (let col = seen; col > 0; col--) {
      s0 = madd(v128.load(a), v128.load(b), s0);
      if (vectors > 1) {
        s1 = madd(v128.load(a, 16), v128.load(b, 16), s1);
        s2 = madd(v128.load(a, 32), v128.load(b, 32), s2);
        s3 = madd(v128.load(a, 48), v128.load(b, 48), s3);
      }
      a += xStep;
      b += dyStep;
    }
    row = next(row);
  }
  v128.store(y, f32x4.add(v128.load(y), s0));
  if (vectors > 1) {
    v128.store(y, f32x4.add(v128.load(y, 16), s1), 16);
    v128.store(y, f32x4.add(v128.load(y, 32), s2), 32);
    v128.store(y, f32x4.add(v128.load(y, 48), s3), 48);
  }
}

/** Adds the sum of one channel. */
function one(job: FilterJob, x: usize, dy: usize, y: usize): void {
  const dyStep = (<usize>job.outChannels) << 2;
  const xStep = <usize>job.strideWidth * dyStep;
  let sum: f32 = 0;
  let row = changetype<Row>(job.rows);
  for (let rows = job.rowCount; rows > 0; rows--) {
    let a = row.x + x;
    let b = row.dy + dy;
    for (let col = job.seen; col > 0; col--) {
      sum += load<f32>(a) * load<f32>(b);
      a += xStep;
      b += dyStep;
    }
    row = next(row);
  }
  store<f32>(y, load<f32>(y) + sum);
}
