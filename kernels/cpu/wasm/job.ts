/**
 * The parameters of a convolution. ../job.ts writes these classes field by field, so it must use
 * the same order.
 */

/** A rectangle of output pixels whose windows all see the same filter taps. Steps are in bytes. */
@unmanaged
export class Region {
  batch: i32;
  rows: i32;
  cols: i32;
  /** Its first row of the output. */
  row: i32;
  /** Bytes from job.x to channel 0 under the first tap of the first pixel. */
  x: usize;
  xBatch: usize;
  xRow: usize;
  xCol: usize;
  /** Bytes from job.y to channel 0 of the first pixel. */
  y: usize;
  yBatch: usize;
  yRow: usize;
  yCol: usize;
  /** The taps are `tapRows` x `runs` runs of `length` consecutive values of x. */
  tapRows: i32;
  runs: i32;
  length: i32;
  xTapRow: usize;
  xRun: usize;
  /**
   * Offset of the first tap's weights in the filter, counted in products of one output value. The
   * two steps below are counted likewise.
   */
  w: usize;
  wTapRow: usize;
  wRun: usize;
}

/** A convolution. Its regions follow it in memory. */
@unmanaged
export class Job {
  regionCount: i32;
  /** Number of tiles in a list. */
  capacity: i32;
  /** Number of output rows of one image. */
  height: i32;
  /** 1 if a pixel that is a region of its own has four sums, else 0. */
  splits: i32;
  /** Number of values of x that contribute to one output value. */
  depth: usize;
  outChannels: i32;
  x: usize;
  y: usize;
  w: usize;
  /** Address of one value per output channel, and at least 8 more; the same holds for `slopes`. */
  bias: usize;
  /** Address of the factors of negative sums; 0 if there are none. */
  slopes: usize;
  /** Address of the list of tiles. */
  tiles: usize;
  low: f32;
  high: f32;
  /** The channels that `dense` computes; it sets them itself. */
  firstChannel: i32;
  lastChannel: i32;
}

/** Output pixels of one region, computed together. After `count` pixels the first is repeated. */
@unmanaged
export class PixelTile {
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

/**
 * Cuts the pixels of output rows `from` to `to`, counted over all images, into tiles of `size`. Passes
 * each list of tiles, once full, to `flush`.
 */
export function cut(
  job: Job,
  size: i32,
  from: i32,
  to: i32,
  flush: (job: Job, tiles: i32) => void,
): void {
  const tileBytes = offsetof<PixelTile>();
  const listEnd = job.tiles + <usize>job.capacity * tileBytes;
  let tile = changetype<PixelTile>(job.tiles);
  for (let i = 0; i < job.regionCount; i++) {
    const at = changetype<usize>(job) + offsetof<Job>() + <usize>i * offsetof<Region>();
    const region = changetype<Region>(at);
    const xCol = region.xCol;
    const yCol = region.yCol;
    let count: i32 = 0;
    let left = pixelsOf(job, region, from, to);
    let most = sizeOfNext(left, size);
    for (let n = 0; n < region.batch; n++) {
      const before = n * job.height + region.row;
      const end = min(region.rows, to - before);
      for (let row = max(0, from - before); row < end; row++) {
        let x = job.x + region.x + <usize>n * region.xBatch + <usize>row * region.xRow;
        let y = job.y + region.y + <usize>n * region.yBatch + <usize>row * region.yRow;
        for (let col = 0; col < region.cols; col++) {
          const pixel = changetype<usize>(tile) + ((<usize>count) << 2);
          store<usize>(pixel, x, offsetof<PixelTile>('x0'));
          store<usize>(pixel, y, offsetof<PixelTile>('y0'));
          x += xCol;
          y += yCol;
          if (++count == most) {
            tile = close(job, tile, region, count, listEnd, flush);
            left -= count;
            most = sizeOfNext(left, size);
            count = 0;
          }
        }
      }
    }
    if (count > 0) tile = close(job, tile, region, count, listEnd, flush);
  }
  const tiles = <i32>((changetype<usize>(tile) - job.tiles) / tileBytes);
  if (tiles > 0) flush(job, tiles);
}

/** Returns the number of pixels that a region has in output rows `from` to `to`. */
function pixelsOf(job: Job, region: Region, from: i32, to: i32): i32 {
  let rows = 0;
  for (let n = 0; n < region.batch; n++) {
    const before = n * job.height + region.row;
    rows += max(0, min(region.rows, to - before) - max(0, from - before));
  }
  return rows * region.cols;
}

/** Returns the size of the next tile: the last two share their pixels, if one of them had only one. */
// @ts-ignore: decorator
@inline
function sizeOfNext(left: i32, size: i32): i32 {
  return left == size + 1 ? (size + 2) >> 1 : size;
}

/** Completes a tile, flushes the list if it is full, and returns the place of the next tile. */
function close(
  job: Job,
  tile: PixelTile,
  region: Region,
  count: i32,
  end: usize,
  flush: (job: Job, tiles: i32) => void,
): PixelTile {
  tile.region = region;
  tile.count = count;
  for (let i = count; i < 6; i++) {
    const at = changetype<usize>(tile) + ((<usize>i) << 2);
    store<usize>(at, tile.x0, offsetof<PixelTile>('x0'));
    store<usize>(at, tile.y0, offsetof<PixelTile>('y0'));
  }
  const next = changetype<usize>(tile) + offsetof<PixelTile>();
  if (next < end) return changetype<PixelTile>(next);
  flush(job, job.capacity);
  return changetype<PixelTile>(job.tiles);
}
