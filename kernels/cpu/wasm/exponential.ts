import { clamp, madd } from './vector';

/** Functions of `exponential`, in the order that ../exponential.ts uses. */
const SIGMOID = 0;
const ELU = 1;
const TANH = 2;
const EXP = 3;

/** log2(e), and ln(2) as a sum. LN2_HIGH has few bits, so that n * LN2_HIGH is exact. */
const LOG2_E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** Limits of v. Beyond them, e^v is 0 or Infinity in float32. */
const LEAST: f32 = -104;
const MOST: f32 = 89;

/** Returns round(v / ln 2). */
// @ts-ignore: decorator
@inline
function exponentOf(v: v128): v128 {
  return f32x4.nearest(f32x4.mul(v, f32x4.splat(LOG2_E)));
}

/**
 * Returns e^r - 1 for r = v - n ln 2, |r| <= ln 2 / 2. This is the Taylor series; its relative
 * truncation error is below 1.6e-8.
 */
// @ts-ignore: decorator
@inline
function reduced(v: v128, n: v128): v128 {
  let r = madd(n, f32x4.splat(-LN2_HIGH), v);
  r = madd(n, f32x4.splat(-LN2_LOW), r);
  let p = madd(r, f32x4.splat(1 / 5040), f32x4.splat(1 / 720));
  p = madd(p, r, f32x4.splat(1 / 120));
  p = madd(p, r, f32x4.splat(1 / 24));
  p = madd(p, r, f32x4.splat(1 / 6));
  p = madd(p, r, f32x4.splat(0.5));
  return madd(f32x4.mul(p, r), r, r);
}

/** Returns 2^n for whole numbers n from -126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** Returns e^v; NaN stays. 2^n is applied as two factors, because n may be from -150 to 128. */
// @ts-ignore: decorator
@inline
function exp(v: v128): v128 {
  v = clamp(v, f32x4.splat(LEAST), f32x4.splat(MOST));
  const n = exponentOf(v);
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const y = f32x4.add(f32x4.splat(1), reduced(v, n));
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(whole, half)));
}

/** Returns e^v - 1 for v from -80 to 80, as 2^n (e^r - 1) + (2^n - 1): no cancellation near 0. */
// @ts-ignore: decorator
@inline
function expm1(v: v128): v128 {
  const n = exponentOf(v);
  const scale = power(i32x4.trunc_sat_f32x4_s(n));
  return madd(scale, reduced(v, n), f32x4.sub(scale, f32x4.splat(1)));
}

/** Applies a function to one vector; the function is a compile-time constant. */
// @ts-ignore: decorator
@inline
function apply(op: i32, v: v128): v128 {
  const one = f32x4.splat(1);
  if (op == SIGMOID) return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(v))));
  if (op == ELU) {
    const below = expm1(clamp(v, f32x4.splat(-80), f32x4.splat(0)));
    return v128.bitselect(below, v, f32x4.lt(v, f32x4.splat(0)));
  }
  if (op == TANH) {
    // tanh(20) is 1 in float32.
    const u = clamp(v, f32x4.splat(-20), f32x4.splat(20));
    const e = expm1(f32x4.add(u, u));
    return f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
  }
  return exp(v);
}

// @ts-ignore: decorator
@inline
function all(op: i32, x: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4) {
    v128.store(y, apply(op, v128.load(x)));
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<f32>(y, f32x4.extract_lane(apply(op, v128.load32_zero(x)), 0));
    x += 4;
    y += 4;
  }
}

/** Computes y = f(x) for each of `length` floats; x and y may be the same. */
export function exponential(op: i32, x: usize, y: usize, length: i32): void {
  if (op == SIGMOID) all(SIGMOID, x, y, length);
  else if (op == ELU) all(ELU, x, y, length);
  else if (op == TANH) all(TANH, x, y, length);
  else all(EXP, x, y, length);
}
