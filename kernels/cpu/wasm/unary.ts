/** Element-wise functions of one tensor. */
import { elu, erf, exp, expm1, log, log1p, selu, sigmoid, softplus, tanh } from './exponential';
import { Unary } from './numbers';
import { scalar } from './scalar';
import { cosine, sine } from './trigonometry';
import { bytes, clamp, leak, loadLanes, storeLanes } from './vector';

/**
 * Computes y = f(x) for each of `length` values; x and y may be the same. `p` and `q` are the
 * function's attributes, in the order of the table. Values of logicalNot are bytes, and so are the
 * results of it and of isFinite, isInf and isNaN; all others are float32.
 */
export function unary(op: Unary, x: usize, y: usize, length: i32, p: f32, q: f32): void {
  switch (op) {
    case Unary.abs: return simple(Unary.abs, x, y, length, p, q);
    case Unary.ceil: return simple(Unary.ceil, x, y, length, p, q);
    case Unary.clip: return simple(Unary.clip, x, y, length, p, q);
    case Unary.floor: return simple(Unary.floor, x, y, length, p, q);
    case Unary.leakyrelu: return simple(Unary.leakyrelu, x, y, length, p, q);
    case Unary.neg: return simple(Unary.neg, x, y, length, p, q);
    case Unary.reciprocal: return simple(Unary.reciprocal, x, y, length, p, q);
    case Unary.relu: return simple(Unary.relu, x, y, length, p, q);
    case Unary.relu6: return simple(Unary.relu6, x, y, length, p, q);
    case Unary.round: return simple(Unary.round, x, y, length, p, q);
    case Unary.rsqrt: return simple(Unary.rsqrt, x, y, length, p, q);
    case Unary.sign: return simple(Unary.sign, x, y, length, p, q);
    case Unary.sqrt: return simple(Unary.sqrt, x, y, length, p, q);
    case Unary.square: return simple(Unary.square, x, y, length, p, q);
    case Unary.step: return simple(Unary.step, x, y, length, p, q);

    case Unary.cos: return long(Unary.cos, x, y, length);
    case Unary.elu: return long(Unary.elu, x, y, length);
    case Unary.erf: return long(Unary.erf, x, y, length);
    case Unary.exp: return long(Unary.exp, x, y, length);
    case Unary.expm1: return long(Unary.expm1, x, y, length);
    case Unary.log: return long(Unary.log, x, y, length);
    case Unary.log1p: return long(Unary.log1p, x, y, length);
    case Unary.selu: return long(Unary.selu, x, y, length);
    case Unary.sigmoid: return long(Unary.sigmoid, x, y, length);
    case Unary.sin: return long(Unary.sin, x, y, length);
    case Unary.softplus: return long(Unary.softplus, x, y, length);
    case Unary.tanh: return long(Unary.tanh, x, y, length);

    case Unary.isFinite: return test(Unary.isFinite, x, y, length);
    case Unary.isInf: return test(Unary.isInf, x, y, length);
    case Unary.isNaN: return test(Unary.isNaN, x, y, length);
    case Unary.logicalNot: return not(x, y, length);

    default: return scalar(op, x, y, length);
  }
}

/** Applies a function of a few instructions; the function is a compile-time constant. */
// @ts-ignore: decorator
@inline
function few(op: i32, v: v128, p: v128, q: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == Unary.abs) return f32x4.abs(v);
  if (op == Unary.ceil) return f32x4.ceil(v);
  if (op == Unary.clip) return clamp(v, p, q);
  if (op == Unary.floor) return f32x4.floor(v);
  if (op == Unary.leakyrelu) return leak(v, p);
  if (op == Unary.neg) return f32x4.neg(v);
  if (op == Unary.reciprocal) return f32x4.div(one, v);
  // This keeps NaN, and -0 becomes 0.
  if (op == Unary.relu) return v128.andnot(v, f32x4.le(v, zero));
  if (op == Unary.relu6) {
    return f32x4.pmin(v128.andnot(v, f32x4.le(v, zero)), f32x4.splat(6));
  }
  if (op == Unary.round) return f32x4.nearest(v);
  if (op == Unary.rsqrt) return f32x4.div(one, f32x4.sqrt(v));
  // NaN becomes 0, as in stock's kernels.
  if (op == Unary.sign) {
    const above = v128.and(f32x4.gt(v, zero), one);
    return v128.or(above, v128.and(f32x4.lt(v, zero), f32x4.splat(-1)));
  }
  if (op == Unary.sqrt) return f32x4.sqrt(v);
  if (op == Unary.square) return f32x4.mul(v, v);
  const steps = v128.bitselect(one, p, f32x4.gt(v, zero));
  return v128.bitselect(steps, v, f32x4.eq(v, v));
}

// @ts-ignore: decorator
@inline
function simple(op: i32, x: usize, y: usize, length: i32, low: f32, high: f32): void {
  const p = f32x4.splat(low);
  const q = f32x4.splat(high);
  // The checks of a loop cost as much as an operation.
  for (; length >= 16; length -= 16) {
    v128.store(y, few(op, v128.load(x), p, q));
    v128.store(y, few(op, v128.load(x, 16), p, q), 16);
    v128.store(y, few(op, v128.load(x, 32), p, q), 32);
    v128.store(y, few(op, v128.load(x, 48), p, q), 48);
    x += 64;
    y += 64;
  }
  for (; length > 0; length -= 4) {
    const v = few(op, loadLanes(x, length), p, q);
    storeLanes(y, v, v, min(4, length));
    x += 16;
    y += 16;
  }
}

/** Applies a function of many instructions; the function is a compile-time constant. */
// @ts-ignore: decorator
@inline
function many(op: i32, v: v128): v128 {
  if (op == Unary.cos) return cosine(v);
  if (op == Unary.elu) return elu(v);
  if (op == Unary.erf) return erf(v);
  if (op == Unary.exp) return exp(v);
  if (op == Unary.expm1) return expm1(v);
  if (op == Unary.log) return log(v);
  if (op == Unary.log1p) return log1p(v);
  if (op == Unary.selu) return selu(v);
  if (op == Unary.sigmoid) return sigmoid(v);
  if (op == Unary.sin) return sine(v);
  if (op == Unary.softplus) return softplus(v);
  return tanh(v);
}

// @ts-ignore: decorator
@inline
function long(op: i32, x: usize, y: usize, length: i32): void {
  for (; length > 0; length -= 4) {
    const v = many(op, loadLanes(x, length));
    if (length >= 4) v128.store(y, v);
    else storeLanes(y, v, v, length);
    x += 16;
    y += 16;
  }
}

/** Tests each lane; the test is a compile-time constant. */
// @ts-ignore: decorator
@inline
function lanes(op: i32, v: v128): v128 {
  const infinity = f32x4.splat(Infinity);
  if (op == Unary.isFinite) return f32x4.lt(f32x4.abs(v), infinity);
  if (op == Unary.isInf) return f32x4.eq(f32x4.abs(v), infinity);
  return f32x4.ne(v, v);
}

// @ts-ignore: decorator
@inline
function test(op: i32, x: usize, y: usize, length: i32): void {
  for (; length >= 16; length -= 16) {
    const a = lanes(op, v128.load(x));
    const b = lanes(op, v128.load(x, 16));
    const c = lanes(op, v128.load(x, 32));
    const d = lanes(op, v128.load(x, 48));
    v128.store(y, bytes(a, b, c, d));
    x += 64;
    y += 16;
  }
  for (; length > 0; length--) {
    store<u8>(y, <u8>(i32x4.extract_lane(lanes(op, v128.load32_zero(x)), 0) & 1));
    x += 4;
    y++;
  }
}

function not(x: usize, y: usize, length: i32): void {
  for (; length >= 16; length -= 16) {
    v128.store(y, v128.and(i8x16.eq(v128.load(x), i8x16.splat(0)), i8x16.splat(1)));
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<u8>(y, u8(load<u8>(x) == 0));
    x++;
    y++;
  }
}
