/** Sine and cosine of four values. */
import { madd } from './vector';

/** 2 / pi, and pi / 2 as a sum. HALF_PI has 33 bits, so that n * HALF_PI is exact in float64. */
const TWO_OVER_PI: f64 = 0.6366197723675814;
const HALF_PI: f64 = 1.5707963267341256;
const HALF_PI_LOW: f64 = 6.077100506506192e-11;
/** Beyond this, two parts of pi / 2 are too few. */
const MOST: f32 = 1e6;

/** Returns round(v / (pi / 2)) of two values. */
// @ts-ignore: decorator
@inline
function quartersOf(v: v128): v128 {
  return f64x2.nearest(f64x2.mul(v, f64x2.splat(TWO_OVER_PI)));
}

/** Returns v - n pi / 2 of two values. */
// @ts-ignore: decorator
@inline
function rest(v: v128, n: v128): v128 {
  const high = f64x2.sub(v, f64x2.mul(n, f64x2.splat(HALF_PI)));
  return f32x4.demote_f64x2_zero(f64x2.sub(high, f64x2.mul(n, f64x2.splat(HALF_PI_LOW))));
}

/** Returns the sine of v + more * pi / 2. */
// @ts-ignore: decorator
@inline
function turned(v: v128, more: i32): v128 {
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 0));
  const nLow = quartersOf(low);
  const nHigh = quartersOf(high);
  const r = i64x2.shuffle(rest(low, nLow), rest(high, nHigh), 0, 2);
  const wholeLow = i32x4.trunc_sat_f64x2_s_zero(nLow);
  const n = i64x2.shuffle(wholeLow, i32x4.trunc_sat_f64x2_s_zero(nHigh), 0, 2);
  const quarter = i32x4.add(n, i32x4.splat(more));
  const z = f32x4.mul(r, r);
  const one = f32x4.splat(1);
  // Taylor series for |r| <= pi / 4, with errors below 2e-8.
  let s = madd(z, f32x4.splat(2.7557319e-6), f32x4.splat(-1.9841270e-4));
  s = madd(s, z, f32x4.splat(8.3333333e-3));
  s = madd(s, z, f32x4.splat(-1.6666667e-1));
  const sine = f32x4.mul(r, madd(s, z, one));
  let c = madd(z, f32x4.splat(2.4801587e-5), f32x4.splat(-1.3888889e-3));
  c = madd(c, z, f32x4.splat(4.1666667e-2));
  c = madd(c, z, f32x4.splat(-0.5));
  const cosine = madd(c, z, one);
  const isOdd = i32x4.eq(v128.and(quarter, i32x4.splat(1)), i32x4.splat(1));
  const sign = i32x4.shl(v128.and(quarter, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(cosine, sine, isOdd), sign);
}

/** True if a finite lane is too large for turned(). */
// @ts-ignore: decorator
@inline
function isFar(v: v128): bool {
  return v128.any_true(f32x4.gt(f32x4.abs(v), f32x4.splat(MOST)));
}

export function sine(v: v128): v128 {
  if (isFar(v)) return lanes(v, (x) => <f32>NativeMath.sin(x));
  // The sum of parts of -0 is 0.
  return v128.bitselect(v, turned(v, 0), f32x4.eq(v, f32x4.splat(0)));
}

export function cosine(v: v128): v128 {
  if (isFar(v)) return lanes(v, (x) => <f32>NativeMath.cos(x));
  return turned(v, 1);
}

function lanes(v: v128, f: (x: f32) => f32): v128 {
  let y = f32x4.splat(f(f32x4.extract_lane(v, 0)));
  y = f32x4.replace_lane(y, 1, f(f32x4.extract_lane(v, 1)));
  y = f32x4.replace_lane(y, 2, f(f32x4.extract_lane(v, 2)));
  return f32x4.replace_lane(y, 3, f(f32x4.extract_lane(v, 3)));
}
