/** Sums of a dense convolution: some pixels by 4 or 8 output channels. */
import { Job, PixelTile, Region } from './job';
import { clamp, leak, madd, storeLanes } from './vector';

// @ts-ignore: decorator
@inline
export function isLarge(region: Region): bool {
  return region.batch * region.rows * region.cols > 1;
}

/**
 * Computes `pixels` pixels (letters a to f) by `vectors` vectors of channels (digits 0 and 1). Both
 * counts are compile-time constants, and so is `isLine`: places are those of a tile, or follow from
 * the first one's.
 */
// @ts-ignore: decorator
@inline
export function sum(
  isLine: bool,
  pixels: i32,
  vectors: i32,
  job: Job,
  region: Region,
  tile: PixelTile,
  x: usize,
  y: usize,
  channel: i32,
  lanes: i32,
): void {
  const wStep: usize = vectors == 2 ? 32 : 16;
  const bias = job.bias + ((<usize>channel) << 2);
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  let e0 = a0;
  let e1 = a1;
  let f0 = a0;
  let f1 = a1;
  const panel = job.w + (<usize>channel * job.depth) * 4 + region.w * wStep;
  const xCol = isLine ? region.xCol : 0;
  const tapRows = isLine ? 1 : region.tapRows;
  for (let row = 0; row < tapRows; row++) {
    const runs = isLine ? 1 : region.runs;
    for (let run = 0; run < runs; run++) {
      const step = <usize>row * region.xTapRow + <usize>run * region.xRun;
      let w = panel + (<usize>row * region.wTapRow + <usize>run * region.wRun) * wStep;
      let a = isLine ? x : tile.x0 + step;
      let b = pixels > 1 ? (isLine ? x + xCol * 1 : tile.x1 + step) : 0;
      let c = pixels > 2 ? (isLine ? x + xCol * 2 : tile.x2 + step) : 0;
      let d = pixels > 3 ? (isLine ? x + xCol * 3 : tile.x3 + step) : 0;
      let e = pixels > 4 ? (isLine ? x + xCol * 4 : tile.x4 + step) : 0;
      let f = pixels > 5 ? (isLine ? x + xCol * 5 : tile.x5 + step) : 0;
      for (let i = region.length; i > 0; i--) {
        const w0 = v128.load(w);
        const w1 = vectors > 1 ? v128.load(w, 16) : w0;
        w += wStep;
        const xa = v128.load32_splat(a);
        a0 = madd(xa, w0, a0);
        if (vectors > 1) a1 = madd(xa, w1, a1);
        a += 4;
        if (pixels > 1) {
          const xb = v128.load32_splat(b);
          b0 = madd(xb, w0, b0);
          if (vectors > 1) b1 = madd(xb, w1, b1);
          b += 4;
        }
        if (pixels > 2) {
          const xc = v128.load32_splat(c);
          c0 = madd(xc, w0, c0);
          if (vectors > 1) c1 = madd(xc, w1, c1);
          c += 4;
        }
        if (pixels > 3) {
          const xd = v128.load32_splat(d);
          d0 = madd(xd, w0, d0);
          if (vectors > 1) d1 = madd(xd, w1, d1);
          d += 4;
        }
        if (pixels > 4) {
          const xe = v128.load32_splat(e);
          e0 = madd(xe, w0, e0);
          if (vectors > 1) e1 = madd(xe, w1, e1);
          e += 4;
        }
        if (pixels > 5) {
          const xf = v128.load32_splat(f);
          f0 = madd(xf, w0, f0);
          if (vectors > 1) f1 = madd(xf, w1, f1);
          f += 4;
        }
      }
    }
  }
  const at = (<usize>channel) << 2;
  const low = f32x4.splat(job.low);
  const high = f32x4.splat(job.high);
  const slopes: usize = job.slopes == 0 ? 0 : job.slopes + at;
  const yCol = isLine ? region.yCol : 0;
  finish(vectors, (isLine ? y : tile.y0) + at, a0, a1, slopes, low, high, lanes);
  if (pixels > 1) finish(vectors, (isLine ? y + yCol * 1 : tile.y1) + at, b0, b1, slopes, low, high, lanes);
  if (pixels > 2) finish(vectors, (isLine ? y + yCol * 2 : tile.y2) + at, c0, c1, slopes, low, high, lanes);
  if (pixels > 3) finish(vectors, (isLine ? y + yCol * 3 : tile.y3) + at, d0, d1, slopes, low, high, lanes);
  if (pixels > 4) finish(vectors, (isLine ? y + yCol * 4 : tile.y4) + at, e0, e1, slopes, low, high, lanes);
  if (pixels > 5) finish(vectors, (isLine ? y + yCol * 5 : tile.y5) + at, f0, f1, slopes, low, high, lanes);
}

/**
 * Computes a region of one pixel by 8 channels. The products go to four independent sums in turn,
 * because a single dependent chain of additions is slow. A pixel of a larger region has the sum that it
 * has in any tile, so that it does not matter how rows are cut.
 */
export function sumOne(job: Job, tile: PixelTile, channel: i32, lanes: i32): void {
  const region = tile.region;
  const at = (<usize>channel) << 2;
  let a0 = v128.load(job.bias + at);
  let a1 = v128.load(job.bias + at, 16);
  let b0 = f32x4.splat(0);
  let b1 = b0;
  let c0 = b0;
  let c1 = b0;
  let d0 = b0;
  let d1 = b0;
  const panel = job.w + <usize>channel * job.depth * 4 + region.w * 32;
  for (let row = 0; row < region.tapRows; row++) {
    for (let run = 0; run < region.runs; run++) {
      let x = tile.x0 + <usize>row * region.xTapRow + <usize>run * region.xRun;
      let w = panel + (<usize>row * region.wTapRow + <usize>run * region.wRun) * 32;
      let i = region.length;
      for (; i >= 4; i -= 4) {
        const xa = v128.load32_splat(x);
        a0 = madd(xa, v128.load(w), a0);
        a1 = madd(xa, v128.load(w, 16), a1);
        const xb = v128.load32_splat(x, 4);
        b0 = madd(xb, v128.load(w, 32), b0);
        b1 = madd(xb, v128.load(w, 48), b1);
        const xc = v128.load32_splat(x, 8);
        c0 = madd(xc, v128.load(w, 64), c0);
        c1 = madd(xc, v128.load(w, 80), c1);
        const xd = v128.load32_splat(x, 12);
        d0 = madd(xd, v128.load(w, 96), d0);
        d1 = madd(xd, v128.load(w, 112), d1);
        x += 16;
        w += 128;
      }
      for (; i > 0; i--) {
        const xa = v128.load32_splat(x);
        a0 = madd(xa, v128.load(w), a0);
        a1 = madd(xa, v128.load(w, 16), a1);
        x += 4;
        w += 32;
      }
    }
  }
  a0 = f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0));
  a1 = f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1));
  const slopes: usize = job.slopes == 0 ? 0 : job.slopes + at;
  const low = f32x4.splat(job.low);
  finish(2, tile.y0 + at, a0, a1, slopes, low, f32x4.splat(job.high), lanes);
}

/**
 * Applies the activation to one pixel's sums and stores one lane for each channel.
 * @param slopes address of the factors of negative sums; 0 if there are none
 */
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
  lanes: i32,
): void {
  // One check for both vectors: with activated(), layers of few input channels took 4% longer.
  if (slopes != 0) {
    v0 = leak(v0, v128.load(slopes));
    if (vectors > 1) v1 = leak(v1, v128.load(slopes, 16));
  }
  v0 = clamp(v0, low, high);
  if (vectors > 1) v1 = clamp(v1, low, high);
  if (lanes == vectors * 4) {
    v128.store(y, v0);
    if (vectors > 1) v128.store(y, v1, 16);
  } else {
    storeLanes(y, v0, v1, lanes);
  }
}
