/** Exponential functions and logarithms of four values. */
import { clamp, known, madd } from './vector';

// Addresses of constants, for known().
const ONE = memory.data<f32>([1]);
const TWO = memory.data<f32>([2]);
const HALF = memory.data<f32>([0.5]);
const SIGN = memory.data<f32>([-0.0]);
/** log2(e), and -ln(2) as a sum. LN2_HIGH has few bits, so that n * LN2_HIGH is exact. */
const LOG2_E = memory.data<f32>([1.44269504]);
const LN2_HIGH = memory.data<f32>([-0.693359375]);
const LN2_LOW = memory.data<f32>([2.12194440e-4]);
/**
 * Coefficients of e^r - 1 - r for |r| <= 0.348, of r^2 to r^6. They make the largest error relative to
 * e^r, 4.5e-9, as small as it can be.
 */
const E2 = memory.data<f32>([0.49999994]);
const E3 = memory.data<f32>([0.16666518]);
const E4 = memory.data<f32>([0.041668415]);
const E5 = memory.data<f32>([8.3690006e-3]);
const E6 = memory.data<f32>([1.3814011e-3]);
/** Limits of v. Beyond them, e^v is 0 or Infinity in float32. */
const LEAST = memory.data<f32>([-104]);
const MOST = memory.data<f32>([89]);
/** Limit of v beyond which 1 / (1 + e^-v) is 1 in float32. */
const MOST_SIGMOID = memory.data<f32>([20]);
/** Limit of v below which e^v - 1 is -1 in float32. */
const LEAST_LESS_ONE = memory.data<f32>([-80]);
/** Limit of v beyond which tanh(v) is 1 in float32. */
const MOST_TANH = memory.data<f32>([10]);
const MINUS_TWO = memory.data<f32>([-2]);
/**
 * 1.5 * 2^23, and sums of it with 126, 127 and 254. A small number that is added to one of them is
 * rounded to a whole number, whose bits are the lowest ones of the sum. 127 is the bias of a float's
 * exponent, and 254 that of two exponents.
 */
const ROUND = memory.data<f32>([12582912]);
const ROUND_126 = memory.data<f32>([12583038]);
const ROUND_127 = memory.data<f32>([12583039]);
const ROUND_254 = memory.data<f32>([12583166]);
const BIASES = memory.data<i32>([254]);

// @ts-ignore: decorator
@inline
function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** Returns e^r - 1 for r = v - n ln 2, |r| <= 0.348. */
// @ts-ignore: decorator
@inline
function reduced(v: v128, n: v128): v128 {
  let r = madd(n, known(LN2_HIGH), v);
  r = madd(n, known(LN2_LOW), r);
  // Terms in pairs have a shorter chain of dependent operations than Horner's scheme.
  const square = f32x4.mul(r, r);
  const low = madd(r, known(E3), known(E2));
  const high = madd(r, known(E5), known(E4));
  return madd(square, madd(square, madd(square, known(E6), high), low), r);
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
  v = clamp(v, known(LEAST), known(MOST));
  const round = known(ROUND);
  const sum = madd(v, known(LOG2_E), round);
  const whole = i32x4.sub(sum, round);
  const half = i32x4.shr_s(whole, 1);
  const y = f32x4.add(known(ONE), reduced(v, f32x4.sub(sum, round)));
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(whole, half)));
}

/**
 * Returns e^v - 1, as 2 * (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)): no cancellation near 0, and no
 * overflow before the result has one.
 */
// @ts-ignore: decorator
@inline
export function expm1(v: v128): v128 {
  const u = clamp(v, known(LEAST_LESS_ONE), known(MOST));
  const round = known(ROUND_126);
  const sum = madd(u, known(LOG2_E), round);
  const scale = i32x4.shl(sum, 23);
  const rest = f32x4.sub(scale, known(HALF));
  const half = madd(scale, reduced(u, f32x4.sub(sum, round)), rest);
  // Adding zeros would lose the sign of -0.
  return v128.bitselect(v, f32x4.add(half, half), f32x4.eq(v, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
export function elu(v: v128): v128 {
  const zero = f32x4.splat(0);
  return v128.bitselect(expm1(f32x4.pmin(v, zero)), v, f32x4.lt(v, zero));
}

// @ts-ignore: decorator
@inline
export function selu(v: v128): v128 {
  const zero = f32x4.splat(0);
  const below = f32x4.mul(splat(1.7580993408473768), expm1(f32x4.pmin(v, zero)));
  return v128.bitselect(below, f32x4.mul(splat(1.0507009873554805), v), f32x4.lt(v, zero));
}

/**
 * Returns 1 / (1 + e^-v), for e^-v = 2^n e^r as 2^-k / (2^-k + 2^(n-k) e^r) with k of half of n, so that no
 * part of it is too large or too small.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(v: v128): v128 {
  const u = f32x4.neg(clamp(v, known(LEAST), known(MOST_SIGMOID)));
  const round = known(ROUND_254);
  const sum = madd(u, known(LOG2_E), round);
  const y = f32x4.add(known(ONE), reduced(u, f32x4.sub(sum, round)));
  const half = i32x4.shr_s(sum, 1);
  const scale = i32x4.shl(i32x4.sub(known(BIASES), i32x4.sub(sum, half)), 23);
  return f32x4.div(scale, madd(y, i32x4.shl(half, 23), scale));
}

/** Returns -e / (e + 2) for e = e^(-2|v|) - 1, with the sign of v. */
// @ts-ignore: decorator
@inline
export function tanh(v: v128): v128 {
  const u = f32x4.mul(f32x4.pmin(f32x4.abs(v), known(MOST_TANH)), known(MINUS_TWO));
  const round = known(ROUND_127);
  const sum = madd(u, known(LOG2_E), round);
  const scale = i32x4.shl(sum, 23);
  const rest = f32x4.sub(scale, known(ONE));
  const e = madd(scale, reduced(u, f32x4.sub(sum, round)), rest);
  return v128.bitselect(v, f32x4.div(e, f32x4.add(e, known(TWO))), known(SIGN));
}

/** Bits of the float32 next to sqrt(1/2). */
const ROOT_HALF = 0x3f3504f3;
/** ln(2) as a sum, of which the first part times a whole number below 256 is exact. */
const LN2_FIRST = memory.data<f32>([6.9313812256e-1]);
const LN2_SECOND = memory.data<f32>([9.0580006145e-6]);
/** Coefficients of (log((1 + s) / (1 - s)) - 2 s) / s in s^2. */
const LOG = memory.data<f32>([0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841]);

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
  const s = f32x4.div(f, f32x4.add(known(TWO), f));
  const z = f32x4.mul(s, s);
  let p = madd(z, term(LOG, 3), term(LOG, 2));
  p = madd(p, z, term(LOG, 1));
  p = madd(p, z, term(LOG, 0));
  const half = f32x4.mul(known(HALF), f32x4.mul(f, f));
  const low = madd(k, known(LN2_SECOND), c);
  const sum = madd(s, madd(z, p, half), low);
  return madd(k, known(LN2_FIRST), f32x4.add(f32x4.sub(sum, half), f));
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

/** Coefficients of erf(a) / a - 1 for a up to LAST_NEAR, and of log(1 - erf(a)) / a + 1 beyond. */
const NEAR = memory.data<f32>([
  1.28379166e-1, -3.76125336e-1, 1.12819925e-1, -2.67681349e-2, 4.99119423e-3, -5.96761703e-4,
]);
const FAR = memory.data<f32>([
  -1.28717512e-1, -6.34846687e-1, -1.06777877e-1, 2.42546219e-2, -3.88396438e-3, 3.83197126e-4,
  -1.7285347e-5,
]);
const LAST_NEAR = memory.data<f32>([0.927734375]);
/** Limit of v from which on erf(v) is 1 in float32. */
const MOST_ERF = memory.data<f32>([4]);

/** Returns a coefficient of a polynomial in each lane. */
// @ts-ignore: decorator
@inline
function term(coefficients: usize, i: i32): v128 {
  return known(coefficients + ((<usize>i) << 2));
}

/** Returns erf(v): a polynomial near 0, and 1 - e^p(|v|) beyond, by N. Juffa. */
// @ts-ignore: decorator
@inline
export function erf(v: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(v), known(MOST_ERF));
  const z = f32x4.mul(a, a);
  let near = madd(z, term(NEAR, 5), term(NEAR, 4));
  near = madd(near, z, term(NEAR, 3));
  near = madd(near, z, term(NEAR, 2));
  near = madd(near, z, term(NEAR, 1));
  near = madd(near, z, term(NEAR, 0));
  near = madd(near, a, a);
  let far = madd(a, term(FAR, 6), term(FAR, 5));
  far = madd(far, z, madd(a, term(FAR, 4), term(FAR, 3)));
  far = madd(far, a, term(FAR, 2));
  far = madd(far, a, term(FAR, 1));
  far = madd(far, a, term(FAR, 0));
  far = f32x4.sub(known(ONE), exp(f32x4.sub(f32x4.mul(far, a), a)));
  const size = v128.bitselect(far, near, f32x4.gt(a, known(LAST_NEAR)));
  return v128.bitselect(v, size, known(SIGN));
}
