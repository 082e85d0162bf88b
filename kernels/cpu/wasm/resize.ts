import { madd } from './vector';

/**
 * The source of one output row or column of a resize. ../ResizeBilinear.ts writes this class field by
 * field, so it must use the same order.
 */
@unmanaged
class Source {
  /** Bytes from the image, or from the row, to the first source, and to the second. */
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
      const top = x + row.first;
      const bottom = x + row.second;
      for (let c = 0; c < outWidth; c++) {
        const col = changetype<Source>(cols + <usize>c * size);
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
        y += pixel;
      }
    }
    x += imageBytes;
  }
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
