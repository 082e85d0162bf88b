/** Reductions of `reduce`, in the order that ../reduce.ts uses. */
const SUM = 0;

/**
 * Computes y [outer, inner], the sums or products of x [outer, count, inner] over the middle axis,
 * divided by `divisor`. They are float64, and each quotient is rounded once.
 *
 * @param width values from one row of x to the next: more than `inner` if only some columns are
 *   computed, which there may be for an `outer` of 1
 */
export function reduce(
  op: i32,
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  divisor: f64,
  width: i32,
): void {
  if (op == SUM && width == 1) {
    for (; outer > 0; outer--) {
      store<f32>(y, <f32>(sumOf(x, count) / divisor));
      x += (<usize>count) << 2;
      y += 4;
    }
  } else if (op == SUM) {
    columns(true, x, y, outer, count, inner, divisor, width);
  } else {
    columns(false, x, y, outer, count, inner, divisor, width);
  }
}

/** Returns the sum of `count` floats that follow each other. */
export function sumOf(x: usize, count: i32): f64 {
  let sum: f64 = 0;
  if (count >= 8) {
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (; count >= 8; count -= 8) {
      a = f64x2.add(a, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
      c = f64x2.add(c, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
      d = f64x2.add(d, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
      x += 32;
    }
    a = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
    sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  }
  for (; count > 0; count--) {
    sum += load<f32>(x);
    x += 4;
  }
  return sum;
}

/** Reduces column by column; products have the order of the rows. */
// @ts-ignore: decorator
@inline
function columns(
  isSum: bool,
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  divisor: f64,
  width: i32,
): void {
  const row = (<usize>width) << 2;
  for (let o = 0; o < outer; o++) {
    let c = 0;
    for (; c + 8 <= inner; c += 8) {
      eight(isSum, x, y, count, row, divisor);
      x += 32;
      y += 32;
    }
    for (; c < inner; c++) {
      let result: f64 = isSum ? 0 : 1;
      let at = x;
      for (let i = 0; i < count; i++) {
        if (isSum) result += load<f32>(at);
        else result *= load<f32>(at);
        at += row;
      }
      store<f32>(y, <f32>(result / divisor));
      x += 4;
      y += 4;
    }
    x += <usize>(count - 1) * row;
  }
}

// @ts-ignore: decorator
@inline
function combined(isSum: bool, a: v128, x: usize): v128 {
  const v = f64x2.promote_low_f32x4(v128.load64_zero(x));
  return isSum ? f64x2.add(a, v) : f64x2.mul(a, v);
}

/** Reduces 8 adjacent values of a row. */
// @ts-ignore: decorator
@inline
function eight(isSum: bool, x: usize, y: usize, count: i32, row: usize, divisor: f64): void {
  let a = f64x2.splat(isSum ? 0 : 1);
  let b = a;
  let c = a;
  let d = a;
  for (; count > 0; count--) {
    a = combined(isSum, a, x);
    b = combined(isSum, b, x + 8);
    c = combined(isSum, c, x + 16);
    d = combined(isSum, d, x + 24);
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
