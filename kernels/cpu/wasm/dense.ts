import { isLarge, sum, sumOne } from './denseSum';
import { cut, Job, PixelTile, Region } from './job';

/**
 * Computes y = x * filter, fused with bias and activation. The filter is stored in panels of 8
 * output channels, [depth, 8] each; the last panel is [depth, 4] if 4 channels are enough.
 *
 * A tile of 6 pixels x 8 channels has 12 vectors of sums. With 2 vectors of weights and one of x
 * they fill the 15 registers that engines leave to us. A list of tiles covers as much of x as the
 * L2 cache holds while one panel after the other is applied to it. Only output rows `from` to `to`,
 * counted over all images, are computed, and of them the channels `first` to `last`, whole panels.
 */
export function dense(job: Job, from: i32, to: i32, first: i32, last: i32): void {
  job.firstChannel = first;
  job.lastChannel = min(last, job.outChannels);
  const region = changetype<Region>(changetype<usize>(job) + offsetof<Job>());
  if (isLine(job, region)) {
    // The last chunk of rows may end beyond the output, as cut() allows.
    const rows = min(to, region.batch * region.rows) - from;
    line(job, region, from * region.cols, rows * region.cols);
  } else {
    cut(job, 6, from, to, eachPanel);
  }
}

/** True if pixels lie at equal distances in x and in y, and each sees one run of values, as with a 1x1 filter. */
function isLine(job: Job, region: Region): bool {
  if (job.regionCount != 1 || region.tapRows != 1 || region.runs != 1) return false;
  if (region.rows != job.height || !isLarge(region)) return false;
  const cols = <usize>region.cols;
  const rows = <usize>region.rows;
  if (region.xRow != cols * region.xCol || region.yRow != cols * region.yCol) return false;
  if (region.batch == 1) return true;
  return region.xBatch == rows * region.xRow && region.yBatch == rows * region.yRow;
}

/** Computes pixels of a line, whose places need no list. */
function line(job: Job, region: Region, from: i32, pixels: i32): void {
  let x = job.x + region.x + <usize>from * region.xCol;
  let y = job.y + region.y + <usize>from * region.yCol;
  for (let tiles = pixels / 6; tiles > 0; ) {
    const some = min(tiles, job.capacity);
    for (let channel = job.firstChannel; channel < job.lastChannel; channel += 8) {
      const lanes = min(8, job.outChannels - channel);
      if (lanes > 4) alongLine(2, job, region, some, x, y, channel, lanes);
      else alongLine(1, job, region, some, x, y, channel, lanes);
    }
    x += <usize>(some * 6) * region.xCol;
    y += <usize>(some * 6) * region.yCol;
    tiles -= some;
  }
  const rest = pixels % 6;
  if (rest == 0) return;
  const tile = changetype<PixelTile>(job.tiles);
  for (let i = 0; i < 6; i++) {
    const pixel = <usize>(i < rest ? i : 0);
    const at = job.tiles + ((<usize>i) << 2);
    store<usize>(at, x + pixel * region.xCol, offsetof<PixelTile>('x0'));
    store<usize>(at, y + pixel * region.yCol, offsetof<PixelTile>('y0'));
  }
  tile.region = region;
  tile.count = rest;
  eachPanel(job, 1);
}

/** Computes tiles of a line by one panel. `vectors` is a compile-time constant. */
// @ts-ignore: decorator
@inline
function alongLine(
  vectors: i32,
  job: Job,
  region: Region,
  tiles: i32,
  x: usize,
  y: usize,
  channel: i32,
  lanes: i32,
): void {
  const none = changetype<PixelTile>(0);
  for (; tiles > 0; tiles--) {
    sum(true, 6, vectors, job, region, none, x, y, channel, lanes);
    x += region.xCol * 6;
    y += region.yCol * 6;
  }
}

function eachPanel(job: Job, tiles: i32): void {
  for (let channel = job.firstChannel; channel < job.lastChannel; channel += 8) {
    const lanes = min(8, job.outChannels - channel);
    if (lanes > 4) panel8(job, tiles, channel, lanes);
    else panel4(job, tiles, channel, lanes);
  }
}

// There are few sizes, because each size is compiled to a separate loop. A tile with fewer pixels
// repeats its first pixel.

function panel8(job: Job, tiles: i32, channel: i32, lanes: i32): void {
  let tile = changetype<PixelTile>(job.tiles);
  for (let i = 0; i < tiles; i++) {
    if (tile.count > 4) sum(false, 6, 2, job, tile.region, tile, 0, 0, channel, lanes);
    else if (tile.count > 2) sum(false, 4, 2, job, tile.region, tile, 0, 0, channel, lanes);
    else if (job.splits == 0 || isLarge(tile.region)) sum(false, 2, 2, job, tile.region, tile, 0, 0, channel, lanes);
    else sumOne(job, tile, channel, lanes);
    tile = changetype<PixelTile>(changetype<usize>(tile) + offsetof<PixelTile>());
  }
}

function panel4(job: Job, tiles: i32, channel: i32, lanes: i32): void {
  let tile = changetype<PixelTile>(job.tiles);
  for (let i = 0; i < tiles; i++) {
    if (tile.count > 2) sum(false, 6, 1, job, tile.region, tile, 0, 0, channel, lanes);
    else sum(false, 2, 1, job, tile.region, tile, 0, 0, channel, lanes);
    tile = changetype<PixelTile>(changetype<usize>(tile) + offsetof<PixelTile>());
  }
}

