import { copyRows } from './copy';

/**
 * Copies slices of x [batch, outer, size, slice] to y [batch, outer, count, slice]. `positions` is the
 * address of [batch, count] positions along the axis of `size`, which are within it.
 */
export function gather(
  x: usize,
  y: usize,
  positions: usize,
  batch: i32,
  outer: i32,
  size: i32,
  count: i32,
  slice: i32,
): void {
  const bytes = (<usize>slice) << 2;
  for (; batch > 0; batch--) {
    for (let o = 0; o < outer; o++) {
      let at = positions;
      for (let i = count; i > 0; i--) {
        const from = x + <usize>load<i32>(at) * bytes;
        if (slice == 1) store<f32>(y, load<f32>(from));
        else copyRows(1, slice, from, 0, y, 0);
        at += 4;
        y += bytes;
      }
      x += <usize>size * bytes;
    }
    positions += (<usize>count) << 2;
  }
}
