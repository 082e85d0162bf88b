import { copyRows } from './copy';
import { madd } from './vector';

/**
 * The source of one output row or column of a resize. ../ResizeBilinear.ts writes this class field by
 * field, so it must use the same order.
 */
@unmanaged
class Source {
  /** Bytes from the image, or from the row, to the first source, and to the second; or a mark. */
  first: usize;
  second: usize;
  /** Share of the second. */
  share: f32;
}

/**
 * Resizes images [batch, height, width, channels] bilinearly. `rows` and `cols` are the addresses of a
 * Source for each output row and column; `imageBytes` are those of one image of x.
 */
export function resizeBilinear(
  x: usize,
  y: usize,
  batch: i32,
  imageBytes: usize,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  rows: usize,
  cols: usize,
): void {
  const size = offsetof<Source>();
  const pixel = (<usize>channels) << 2;
  for (let n = 0; n < batch; n++) {
    for (let r = 0; r < outHeight; r++) {
      const row = changetype<Source>(rows + <usize>r * size);
      for (let c = 0; c < outWidth; c++) {
        mixed(x, row, changetype<Source>(cols + <usize>c * size), y, channels);
        y += pixel;
      }
    }
    x += imageBytes;
  }
}

/** Marks of a source: it lies outside of the image, or there is no telling. */
const OUTSIDE: usize = -1;
const UNKNOWN: usize = -2;

/**
 * Copies the pixels of one image [.., channels] to y [outHeight, outWidth, channels], as the first
 * sources of rows and columns tell, or with `isBilinear` interpolates between both sources. Pixels that
 * lie outside are `outside`, and unknown ones NaN.
 */
export function sample(
  isBilinear: bool,
  x: usize,
  y: usize,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  rows: usize,
  cols: usize,
  outside: f32,
): void {
  const size = offsetof<Source>();
  const pixel = (<usize>channels) << 2;
  for (let r = 0; r < outHeight; r++) {
    const row = changetype<Source>(rows + <usize>r * size);
    for (let c = 0; c < outWidth; c++) {
      const col = changetype<Source>(cols + <usize>c * size);
      if (row.first == OUTSIDE || col.first == OUTSIDE) fill(y, channels, outside);
      else if (row.first == UNKNOWN || col.first == UNKNOWN) fill(y, channels, f32.NaN);
      else if (isBilinear) mixed(x, row, col, y, channels);
      else copyRows(1, channels, x + row.first + col.first, 0, y, 0);
      y += pixel;
    }
  }
}

function fill(y: usize, count: i32, value: f32): void {
  for (; count > 0; count--) {
    store<f32>(y, value);
    y += 4;
  }
}

/** Interpolates one pixel. */
// @ts-ignore: decorator
@inline
function mixed(x: usize, row: Source, col: Source, y: usize, channels: i32): void {
  const top = x + row.first;
  const bottom = x + row.second;
  between(
    top + col.first,
    top + col.second,
    bottom + col.first,
    bottom + col.second,
    y,
    channels,
    col.share,
    row.share,
  );
}

/** Computes one pixel: y [channels] is interpolated from four pixels of x. */
// @ts-ignore: decorator
@inline
function between(
  topLeft: usize,
  topRight: usize,
  bottomLeft: usize,
  bottomRight: usize,
  y: usize,
  channels: i32,
  right: f32,
  down: f32,
): void {
  const rights = f32x4.splat(right);
  const downs = f32x4.splat(down);
  for (; channels > 0; channels -= 4) {
    const all = channels >= 4;
    const a = all ? v128.load(topLeft) : v128.load32_zero(topLeft);
    const b = all ? v128.load(topRight) : v128.load32_zero(topRight);
    const c = all ? v128.load(bottomLeft) : v128.load32_zero(bottomLeft);
    const d = all ? v128.load(bottomRight) : v128.load32_zero(bottomRight);
    const top = madd(f32x4.sub(b, a), rights, a);
    const bottom = madd(f32x4.sub(d, c), rights, c);
    const v = madd(f32x4.sub(bottom, top), downs, top);
    if (all) v128.store(y, v);
    else store<f32>(y, f32x4.extract_lane(v, 0));
    const step: usize = all ? 16 : 4;
    topLeft += step;
    topRight += step;
    bottomLeft += step;
    bottomRight += step;
    y += step;
    if (!all) channels += 3;
  }
}
