/**
 * Normalizes x [pixels, channels] by the squares of a pixel's channels at most `radius` away:
 *
 *     y = x * (bias + alpha * sum of squares)^-beta
 *
 * @param beta 1, 0.75 or 0.5
 * @param scratch address of `channels` + 2 * `radius` values
 */
export function localResponse(
  x: usize,
  y: usize,
  pixels: i32,
  channels: i32,
  radius: i32,
  bias: f32,
  alpha: f32,
  beta: f32,
  scratch: usize,
): void {
  const squares = scratch + ((<usize>radius) << 2);
  memory.fill(scratch, 0, (<usize>(channels + 2 * radius)) << 2);
  for (; pixels > 0; pixels--) {
    for (let c = 0; c < channels; c++) {
      const at = (<usize>c) << 2;
      const v = load<f32>(x + at);
      store<f32>(squares + at, v * v);
    }
    let from = scratch;
    let left = channels;
    for (; left >= 4; left -= 4) {
      let sum = v128.load(from);
      for (let i = 1; i <= 2 * radius; i++) {
        sum = f32x4.add(sum, v128.load(from + ((<usize>i) << 2)));
      }
      const base = f32x4.add(f32x4.splat(bias), f32x4.mul(f32x4.splat(alpha), sum));
      v128.store(y, f32x4.mul(v128.load(x), power(base, beta)));
      from += 16;
      x += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      let sum = load<f32>(from);
      for (let i = 1; i <= 2 * radius; i++) sum += load<f32>(from + ((<usize>i) << 2));
      const factor = power(f32x4.splat(bias + alpha * sum), beta);
      store<f32>(y, load<f32>(x) * f32x4.extract_lane(factor, 0));
      from += 4;
      x += 4;
      y += 4;
    }
  }
}

/** Returns v^-beta in each lane, for a beta of 1, 0.75 or 0.5. */
// @ts-ignore: decorator
@inline
function power(v: v128, beta: f32): v128 {
  if (beta == 1) return f32x4.div(f32x4.splat(1), v);
  const root = f32x4.sqrt(v);
  if (beta == 0.5) return f32x4.div(f32x4.splat(1), root);
  return f32x4.div(f32x4.splat(1), f32x4.mul(root, f32x4.sqrt(root)));
}
