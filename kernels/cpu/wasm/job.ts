import { clamp, leak } from './vector';

/** What a convolution is told. ../job.ts writes it field by field, so it knows the order. */

/** A rectangle of output pixels whose windows all see the same filter taps. Steps are bytes. */
@unmanaged
export class Region {
  batch: i32;
  rows: i32;
  cols: i32;
  /** From job.x to channel 0 under the first tap of the first pixel. */
  x: usize;
  xBatch: usize;
  xRow: usize;
  xCol: usize;
  /** From job.y to channel 0 of the first pixel. */
  y: usize;
  yBatch: usize;
  yRow: usize;
  yCol: usize;
  /** Taps are `tapRows` x `runs` stretches of `length` values of x that follow each other. */
  tapRows: i32;
  runs: i32;
  length: i32;
  xTapRow: usize;
  xRun: usize;
  /** In inner products: how many of the filter lie before. */
  w: usize;
  wTapRow: usize;
  wRun: usize;
}

/** Its regions follow it. */
@unmanaged
export class Job {
  regionCount: i32;
  /** Tiles in a list. */
  capacity: i32;
  /** Values of x that make one output value. */
  depth: usize;
  outChannels: i32;
  x: usize;
  y: usize;
  w: usize;
  /** One value for each output channel, and 8 more at least; so have `slopes`. */
  bias: usize;
  /** For what is negative; 0 where there are none. */
  slopes: usize;
  /** Where a list of tiles lies. */
  tiles: usize;
  low: f32;
  high: f32;
}

/** Output pixels of one region, computed together; after `count` of them the first one is repeated. */
@unmanaged
export class Tile {
  region: Region;
  count: i32;
  x0: usize;
  x1: usize;
  x2: usize;
  x3: usize;
  x4: usize;
  x5: usize;
  y0: usize;
  y1: usize;
  y2: usize;
  y3: usize;
  y4: usize;
  y5: usize;
}

/** Sums of the channels at an offset in bytes, under the job's activation. */
// @ts-ignore: decorator
@inline
export function activated(job: Job, sums: v128, at: usize): v128 {
  if (job.slopes != 0) sums = leak(sums, v128.load(job.slopes + at));
  return clamp(sums, f32x4.splat(job.low), f32x4.splat(job.high));
}

/** Cuts all pixels into tiles of `size` and gives each full list of them to `flush`. */
export function cut(job: Job, size: i32, flush: (job: Job, tiles: i32) => void): void {
  const tileBytes = offsetof<Tile>();
  const end = job.tiles + <usize>job.capacity * tileBytes;
  let tile = changetype<Tile>(job.tiles);
  for (let i = 0; i < job.regionCount; i++) {
    const at = changetype<usize>(job) + offsetof<Job>() + <usize>i * offsetof<Region>();
    const region = changetype<Region>(at);
    const xCol = region.xCol;
    const yCol = region.yCol;
    let count: i32 = 0;
    for (let n = 0; n < region.batch; n++) {
      for (let row = 0; row < region.rows; row++) {
        let x = job.x + region.x + <usize>n * region.xBatch + <usize>row * region.xRow;
        let y = job.y + region.y + <usize>n * region.yBatch + <usize>row * region.yRow;
        for (let col = 0; col < region.cols; col++) {
          const pixel = changetype<usize>(tile) + ((<usize>count) << 2);
          store<usize>(pixel, x, offsetof<Tile>('x0'));
          store<usize>(pixel, y, offsetof<Tile>('y0'));
          x += xCol;
          y += yCol;
          if (++count == size) {
            tile = close(job, tile, region, count, end, flush);
            count = 0;
          }
        }
      }
    }
    if (count > 0) tile = close(job, tile, region, count, end, flush);
  }
  const left = <i32>((changetype<usize>(tile) - job.tiles) / tileBytes);
  if (left > 0) flush(job, left);
}

/** Completes a tile and gives the next one's place. */
function close(
  job: Job,
  tile: Tile,
  region: Region,
  count: i32,
  end: usize,
  flush: (job: Job, tiles: i32) => void,
): Tile {
  tile.region = region;
  tile.count = count;
  for (let i = count; i < 6; i++) {
    const at = changetype<usize>(tile) + ((<usize>i) << 2);
    store<usize>(at, tile.x0, offsetof<Tile>('x0'));
    store<usize>(at, tile.y0, offsetof<Tile>('y0'));
  }
  const next = changetype<usize>(tile) + offsetof<Tile>();
  if (next < end) return changetype<Tile>(next);
  flush(job, job.capacity);
  return changetype<Tile>(job.tiles);
}
