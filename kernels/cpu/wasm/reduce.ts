/**
 * Computes y [outer, inner], the sums of x [outer, count, inner] over the middle axis, divided by
 * `divisor`. The sums are float64, and each quotient is rounded once.
 */
export function reduce(
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  divisor: f64,
): void {
  const row = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    let c = 0;
    for (; c + 8 <= inner; c += 8) {
      eight(x, y, count, row, divisor);
      x += 32;
      y += 32;
    }
    for (; c < inner; c++) {
      let sum: f64 = 0;
      let at = x;
      for (let i = 0; i < count; i++) {
        sum += load<f32>(at);
        at += row;
      }
      store<f32>(y, <f32>(sum / divisor));
      x += 4;
      y += 4;
    }
    x += <usize>(count - 1) * row;
  }
}

/** Reduces 8 adjacent values of a row. */
// @ts-ignore: decorator
@inline
function eight(x: usize, y: usize, count: i32, row: usize, divisor: f64): void {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count > 0; count--) {
    a = f64x2.add(a, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    c = f64x2.add(c, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    d = f64x2.add(d, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
    x += row;
  }
  const divisors = f64x2.splat(divisor);
  storeTwo(y, f64x2.div(a, divisors));
  storeTwo(y + 8, f64x2.div(b, divisors));
  storeTwo(y + 16, f64x2.div(c, divisors));
  storeTwo(y + 24, f64x2.div(d, divisors));
}

// @ts-ignore: decorator
@inline
function storeTwo(y: usize, values: v128): void {
  v128.store64_lane(y, f32x4.demote_f64x2_zero(values), 0);
}
