import { madd } from './vector';

/**
 * Computes y [rows, channels] = (x - mean) * factor + offset. `mean`, `factor` and `offset` have
 * one value per channel.
 */
export function normalize(
  x: usize,
  y: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  factor: usize,
  offset: usize,
): void {
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    let left = channels;
    for (; left >= 4; left -= 4) {
      const v = f32x4.sub(v128.load(x), v128.load(mean + at));
      v128.store(y, madd(v, v128.load(factor + at), v128.load(offset + at)));
      x += 16;
      y += 16;
      at += 16;
    }
    for (; left > 0; left--) {
      const v = load<f32>(x) - load<f32>(mean + at);
      store<f32>(y, v * load<f32>(factor + at) + load<f32>(offset + at));
      x += 4;
      y += 4;
      at += 4;
    }
  }
}
