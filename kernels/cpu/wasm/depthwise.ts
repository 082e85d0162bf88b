import { cut, Job, PixelTile } from './job';
import { activated, madd } from './vector';

/**
 * Convolves each channel with its own filter [taps, channels], fused with bias and activation. Here
 * a run of a region is one tap, and `length` is the bytes from one tap's weights in the filter to the next.
 * Only output rows `from` to `to`, counted over all images, are computed.
 */
export function depthwise(job: Job, from: i32, to: i32): void {
  cut(job, 4, from, to, eachTile);
}

function eachTile(job: Job, tiles: i32): void {
  const channels = job.outChannels;
  let tile = changetype<PixelTile>(job.tiles);
  for (let i = 0; i < tiles; i++) {
    let channel = 0;
    for (; channel + 8 <= channels; channel += 8) sum(2, job, tile, channel);
    if (channel + 4 <= channels) {
      sum(1, job, tile, channel);
      channel += 4;
    }
    if (channel < channels) {
      if (channels > 4) sum(1, job, tile, channels - 4);
      else for (; channel < channels; channel++) sumOne(job, tile, channel);
    }
    tile = changetype<PixelTile>(changetype<usize>(tile) + offsetof<PixelTile>());
  }
}

/** Computes 4 pixels (a to d) by 1 or 2 vectors of channels. */
// @ts-ignore: decorator
@inline
function sum(vectors: i32, job: Job, tile: PixelTile, channel: i32): void {
  const region = tile.region;
  const at = (<usize>channel) << 2;
  let a0 = v128.load(job.bias + at);
  let a1 = v128.load(job.bias + at, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  const wStep = <usize>region.length;
  const wRun = region.wRun * wStep;
  for (let row = 0; row < region.tapRows; row++) {
    const step = at + <usize>row * region.xTapRow;
    let w = job.w + at + (region.w + <usize>row * region.wTapRow) * wStep;
    let a = tile.x0 + step;
    let b = tile.x1 + step;
    let c = tile.x2 + step;
    let d = tile.x3 + step;
    for (let run = region.runs; run > 0; run--) {
      const w0 = v128.load(w);
      a0 = madd(v128.load(a), w0, a0);
      b0 = madd(v128.load(b), w0, b0);
      c0 = madd(v128.load(c), w0, c0);
      d0 = madd(v128.load(d), w0, d0);
      if (vectors > 1) {
        const w1 = v128.load(w, 16);
        a1 = madd(v128.load(a, 16), w1, a1);
        b1 = madd(v128.load(b, 16), w1, b1);
        c1 = madd(v128.load(c, 16), w1, c1);
        d1 = madd(v128.load(d, 16), w1, d1);
      }
      w += wRun;
      a += region.xRun;
      b += region.xRun;
      c += region.xRun;
      d += region.xRun;
    }
  }
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  const slopes: usize = job.slopes == 0 ? 0 : job.slopes + at;
  finish(vectors, tile.y0 + at, a0, a1, slopes, low, high);
  finish(vectors, tile.y1 + at, b0, b1, slopes, low, high);
  finish(vectors, tile.y2 + at, c0, c1, slopes, low, high);
  finish(vectors, tile.y3 + at, d0, d1, slopes, low, high);
}

/** Applies the activation to one pixel's sums and stores them. */
// @ts-ignore: decorator
@inline
function finish(
  vectors: i32,
  y: usize,
  v0: v128,
  v1: v128,
  slopes: usize,
  low: v128,
  high: v128,
): void {
  v128.store(y, activated(v0, slopes, low, high));
  if (vectors > 1) v128.store(y, activated(v1, slopes == 0 ? 0 : slopes + 16, low, high), 16);
}

/** Computes one channel of a tile; used if there are fewer channels than a vector has lanes. */
function sumOne(job: Job, tile: PixelTile, channel: i32): void {
  const region = tile.region;
  const at = (<usize>channel) << 2;
  for (let i = 0; i < tile.count; i++) {
    const pixel = changetype<usize>(tile) + ((<usize>i) << 2);
    const x = load<usize>(pixel, offsetof<PixelTile>('x0')) + at;
    let total = load<f32>(job.bias + at);
    for (let row = 0; row < region.tapRows; row++) {
      const w = job.w + at + (region.w + <usize>row * region.wTapRow) * <usize>region.length;
      for (let run = 0; run < region.runs; run++) {
        const tap = x + <usize>row * region.xTapRow + <usize>run * region.xRun;
        total += load<f32>(tap) * load<f32>(w + <usize>run * region.wRun * <usize>region.length);
      }
    }
    if (job.slopes != 0 && total < 0) total *= load<f32>(job.slopes + at);
    if (total < job.low) total = job.low;
    if (total > job.high) total = job.high;
    store<f32>(load<usize>(pixel, offsetof<PixelTile>('y0')) + at, total);
  }
}
