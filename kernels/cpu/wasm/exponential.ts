/** Exponential functions and logarithms of four values. */
import { clamp, madd } from './vector';

/** log2(e), and ln(2) as a sum. LN2_HIGH has few bits, so that n * LN2_HIGH is exact. */
const LOG2_E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** Limits of v. Beyond them, e^v is 0 or Infinity in float32. */
const LEAST: f32 = -104;
const MOST: f32 = 89;

// @ts-ignore: decorator
@inline
function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** Returns round(v / ln 2). */
// @ts-ignore: decorator
@inline
function exponentOf(v: v128): v128 {
  return f32x4.nearest(f32x4.mul(v, splat(LOG2_E)));
}

/**
 * Returns e^r - 1 for r = v - n ln 2, |r| <= ln 2 / 2. This is the Taylor series; its relative
 * truncation error is below 1.6e-8.
 */
// @ts-ignore: decorator
@inline
function reduced(v: v128, n: v128): v128 {
  let r = madd(n, splat(-LN2_HIGH), v);
  r = madd(n, splat(-LN2_LOW), r);
  let p = madd(r, splat(1 / 5040), splat(1 / 720));
  p = madd(p, r, splat(1 / 120));
  p = madd(p, r, splat(1 / 24));
  p = madd(p, r, splat(1 / 6));
  p = madd(p, r, splat(0.5));
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
export function exp(v: v128): v128 {
  v = clamp(v, splat(LEAST), splat(MOST));
  const n = exponentOf(v);
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const y = f32x4.add(splat(1), reduced(v, n));
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(whole, half)));
}

/**
 * Returns e^v - 1, as 2 * (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)): no cancellation near 0, and no
 * overflow before the result has one. Below -80 it is -1 in float32.
 */
// @ts-ignore: decorator
@inline
export function expm1(v: v128): v128 {
  const u = clamp(v, splat(-80), splat(MOST));
  const n = exponentOf(u);
  const scale = power(i32x4.sub(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(1)));
  const half = madd(scale, reduced(u, n), f32x4.sub(scale, splat(0.5)));
  // Adding zeros would lose the sign of -0.
  return v128.bitselect(v, f32x4.add(half, half), f32x4.eq(v, splat(0)));
}

// @ts-ignore: decorator
@inline
export function elu(v: v128): v128 {
  return v128.bitselect(expm1(f32x4.pmin(v, splat(0))), v, f32x4.lt(v, splat(0)));
}

// @ts-ignore: decorator
@inline
export function selu(v: v128): v128 {
  const below = f32x4.mul(splat(1.7580993408473768), expm1(f32x4.pmin(v, splat(0))));
  return v128.bitselect(below, f32x4.mul(splat(1.0507009873554805), v), f32x4.lt(v, splat(0)));
}

/** Returns 1 / (1 + e^-v), by e^-|v|, which does not overflow. */
// @ts-ignore: decorator
@inline
export function sigmoid(v: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(v)));
  const numerator = v128.bitselect(e, splat(1), f32x4.lt(v, splat(0)));
  return f32x4.div(numerator, f32x4.add(splat(1), e));
}

// @ts-ignore: decorator
@inline
export function tanh(v: v128): v128 {
  // tanh(20) is 1 in float32.
  const u = clamp(v, splat(-20), splat(20));
  const e = expm1(f32x4.add(u, u));
  return f32x4.div(e, f32x4.add(e, splat(2)));
}

/** Bits of the float32 next to sqrt(1/2). */
const ROOT_HALF = 0x3f3504f3;
/** ln(2) as a sum, of which the first part times a whole number below 256 is exact. */
const LN2_FIRST: f32 = 6.9313812256e-1;
const LN2_SECOND: f32 = 9.0580006145e-6;

/** Returns k of v = 2^k m for m from sqrt(1/2) to sqrt(2), given the bits of a normal v. */
// @ts-ignore: decorator
@inline
function scaleOf(bits: v128): v128 {
  return i32x4.shr_s(i32x4.sub(bits, i32x4.splat(ROOT_HALF)), 23);
}

/**
 * Returns log(2^k (1 + f)) + c for 1 + f from sqrt(1/2) to sqrt(2), as 2 atanh(f / (2 + f)). The
 * polynomial and the order of the sum are those of fdlibm's logf.
 */
// @ts-ignore: decorator
@inline
function logarithm(k: v128, f: v128, c: v128): v128 {
  const s = f32x4.div(f, f32x4.add(splat(2), f));
  const z = f32x4.mul(s, s);
  let p = madd(z, splat(0.24279078841), splat(0.28498786688));
  p = madd(p, z, splat(0.40000972152));
  p = madd(p, z, splat(0.66666662693));
  const half = f32x4.mul(splat(0.5), f32x4.mul(f, f));
  const low = madd(k, splat(LN2_SECOND), c);
  const sum = madd(s, madd(z, p, half), low);
  return madd(k, splat(LN2_FIRST), f32x4.add(f32x4.sub(sum, half), f));
}

/** Returns log(v) in lanes where that is a number and v is finite; else -Infinity, NaN or v. */
// @ts-ignore: decorator
@inline
function edges(v: v128, log: v128): v128 {
  const infinity = splat(Infinity);
  const isOrdinary = v128.and(f32x4.gt(v, splat(0)), f32x4.lt(v, infinity));
  const other = v128.bitselect(f32x4.neg(infinity), splat(NaN), f32x4.eq(v, splat(0)));
  const rest = v128.bitselect(v, other, f32x4.eq(v, infinity));
  return v128.bitselect(log, rest, isOrdinary);
}

// @ts-ignore: decorator
@inline
export function log(v: v128): v128 {
  // A number below the smallest normal one gets an exponent of its own.
  const isTiny = f32x4.lt(v, splat(1.17549435e-38));
  const bits = v128.bitselect(f32x4.mul(v, splat(8388608)), v, isTiny);
  const scale = scaleOf(bits);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(scale, 23)), splat(1));
  const k = i32x4.sub(scale, v128.and(isTiny, i32x4.splat(23)));
  return edges(v, logarithm(f32x4.convert_i32x4_s(k), f, splat(0)));
}

/** Returns log(1 + v), with the rounding error of 1 + v added to the logarithm. */
// @ts-ignore: decorator
@inline
export function log1p(v: v128): v128 {
  const u = f32x4.add(splat(1), v);
  const scale = scaleOf(u);
  const m = f32x4.sub(i32x4.sub(u, i32x4.shl(scale, 23)), splat(1));
  const isNear = i32x4.eq(scale, i32x4.splat(0));
  const f = v128.bitselect(v, m, isNear);
  const ofLarge = f32x4.sub(splat(1), f32x4.sub(u, v));
  const ofSmall = f32x4.sub(v, f32x4.sub(u, splat(1)));
  const error = v128.bitselect(ofLarge, ofSmall, f32x4.gt(v, splat(1)));
  const c = v128.andnot(f32x4.div(error, u), isNear);
  const y = edges(u, logarithm(f32x4.convert_i32x4_s(scale), f, c));
  return v128.bitselect(v, y, f32x4.eq(v, splat(0)));
}

/** Returns log(1 + e^v). */
// @ts-ignore: decorator
@inline
export function softplus(v: v128): v128 {
  return f32x4.add(f32x4.max(v, splat(0)), log1p(exp(f32x4.neg(f32x4.abs(v)))));
}

/**
 * Returns erf(v): a polynomial near 0, and 1 - e^p(|v|) beyond, by N. Juffa. From 4 on it is 1 in
 * float32.
 */
// @ts-ignore: decorator
@inline
export function erf(v: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(v), splat(4));
  const z = f32x4.mul(a, a);
  let near = madd(z, splat(-5.96761703e-4), splat(4.99119423e-3));
  near = madd(near, z, splat(-2.67681349e-2));
  near = madd(near, z, splat(1.12819925e-1));
  near = madd(near, z, splat(-3.76125336e-1));
  near = madd(near, z, splat(1.28379166e-1));
  near = madd(near, a, a);
  let far = madd(a, splat(-1.72853470e-5), splat(3.83197126e-4));
  far = madd(far, z, madd(a, splat(-3.88396438e-3), splat(2.42546219e-2)));
  far = madd(far, a, splat(-1.06777877e-1));
  far = madd(far, a, splat(-6.34846687e-1));
  far = madd(far, a, splat(-1.28717512e-1));
  far = f32x4.sub(splat(1), exp(f32x4.sub(f32x4.mul(far, a), a)));
  const size = v128.bitselect(far, near, f32x4.gt(a, splat(0.927734375)));
  const sign = v128.and(v, splat(-0.0));
  return v128.or(size, sign);
}
