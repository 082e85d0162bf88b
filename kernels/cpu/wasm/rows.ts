/** Functions of two values, applied to rows of adjacent values. */
import { Binary, Type } from './numbers';
import { scalarFloats, scalarInts } from './pairs';
import { bytes, leak, loadLanes, storeLanes } from './vector';

/**
 * Computes `length` values of y from a and b, which are of `type`; results of comparisons are bools.
 * `aStep` and `bStep` are the bytes from one value of an operand to the next. A step of 0 is that of one
 * value for all, of which a whole vector lies at the address.
 */
export function row(
  op: Binary,
  type: Type,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  if (type == Type.float32) floats(op, a, aStep, b, bStep, y, length);
  else if (type == Type.int32) ints(op, a, aStep, b, bStep, y, length);
  else bools(op, a, aStep, b, bStep, y, length);
}

function floats(
  op: Binary,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  const type = Type.float32;
  switch (op) {
    case Binary.add: return words(type, Binary.add, a, aStep, b, bStep, y, length);
    case Binary.divide: return words(type, Binary.divide, a, aStep, b, bStep, y, length);
    case Binary.maximum: return words(type, Binary.maximum, a, aStep, b, bStep, y, length);
    case Binary.minimum: return words(type, Binary.minimum, a, aStep, b, bStep, y, length);
    case Binary.multiply: return words(type, Binary.multiply, a, aStep, b, bStep, y, length);
    case Binary.prelu: return words(type, Binary.prelu, a, aStep, b, bStep, y, length);
    case Binary.squaredDifference:
      return words(type, Binary.squaredDifference, a, aStep, b, bStep, y, length);
    case Binary.sub: return words(type, Binary.sub, a, aStep, b, bStep, y, length);

    case Binary.equal: return tests(type, Binary.equal, a, aStep, b, bStep, y, length);
    case Binary.greater: return tests(type, Binary.less, b, bStep, a, aStep, y, length);
    case Binary.greaterEqual: return tests(type, Binary.lessEqual, b, bStep, a, aStep, y, length);
    case Binary.less: return tests(type, Binary.less, a, aStep, b, bStep, y, length);
    case Binary.lessEqual: return tests(type, Binary.lessEqual, a, aStep, b, bStep, y, length);
    case Binary.notEqual: return tests(type, Binary.notEqual, a, aStep, b, bStep, y, length);

    default: return scalarFloats(op, a, aStep, b, bStep, y, length);
  }
}

function ints(
  op: Binary,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  const type = Type.int32;
  switch (op) {
    case Binary.add: return words(type, Binary.add, a, aStep, b, bStep, y, length);
    case Binary.maximum: return words(type, Binary.maximum, a, aStep, b, bStep, y, length);
    case Binary.minimum: return words(type, Binary.minimum, a, aStep, b, bStep, y, length);
    case Binary.multiply: return words(type, Binary.multiply, a, aStep, b, bStep, y, length);
    case Binary.squaredDifference:
      return words(type, Binary.squaredDifference, a, aStep, b, bStep, y, length);
    case Binary.sub: return words(type, Binary.sub, a, aStep, b, bStep, y, length);

    case Binary.equal: return tests(type, Binary.equal, a, aStep, b, bStep, y, length);
    case Binary.greater: return tests(type, Binary.less, b, bStep, a, aStep, y, length);
    case Binary.greaterEqual: return tests(type, Binary.lessEqual, b, bStep, a, aStep, y, length);
    case Binary.less: return tests(type, Binary.less, a, aStep, b, bStep, y, length);
    case Binary.lessEqual: return tests(type, Binary.lessEqual, a, aStep, b, bStep, y, length);
    case Binary.notEqual: return tests(type, Binary.notEqual, a, aStep, b, bStep, y, length);

    default: return scalarInts(op, a, aStep, b, bStep, y, length);
  }
}

function bools(
  op: Binary,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  if (op == Binary.logicalAnd) logic(Binary.logicalAnd, a, aStep, b, bStep, y, length);
  else logic(Binary.logicalOr, a, aStep, b, bStep, y, length);
}

/** Applies a function to one vector; type and function are compile-time constants. */
// @ts-ignore: decorator
@inline
function apply(type: i32, op: i32, a: v128, b: v128): v128 {
  if (type == Type.int32) {
    if (op == Binary.add) return i32x4.add(a, b);
    if (op == Binary.maximum) return i32x4.max_s(a, b);
    if (op == Binary.minimum) return i32x4.min_s(a, b);
    if (op == Binary.multiply) return i32x4.mul(a, b);
    const c = i32x4.sub(a, b);
    return op == Binary.sub ? c : i32x4.mul(c, c);
  }
  if (op == Binary.add) return f32x4.add(a, b);
  if (op == Binary.divide) return f32x4.div(a, b);
  if (op == Binary.maximum) return f32x4.max(a, b);
  if (op == Binary.minimum) return f32x4.min(a, b);
  if (op == Binary.multiply) return f32x4.mul(a, b);
  if (op == Binary.prelu) return leak(a, b);
  const c = f32x4.sub(a, b);
  return op == Binary.sub ? c : f32x4.mul(c, c);
}

// @ts-ignore: decorator
@inline
function words(
  type: i32,
  op: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  const aVector = aStep << 2;
  const bVector = bStep << 2;
  // The checks of a loop cost as much as an operation.
  for (; length >= 16; length -= 16) {
    v128.store(y, apply(type, op, v128.load(a), v128.load(b)));
    a += aVector;
    b += bVector;
    v128.store(y, apply(type, op, v128.load(a), v128.load(b)), 16);
    a += aVector;
    b += bVector;
    v128.store(y, apply(type, op, v128.load(a), v128.load(b)), 32);
    a += aVector;
    b += bVector;
    v128.store(y, apply(type, op, v128.load(a), v128.load(b)), 48);
    a += aVector;
    b += bVector;
    y += 64;
  }
  for (; length > 0; length -= 4) {
    const v = apply(type, op, loadLanes(a, length), loadLanes(b, length));
    storeLanes(y, v, v, min(4, length));
    a += aVector;
    b += bVector;
    y += 16;
  }
}

/** Compares the lanes of two vectors; type and comparison are compile-time constants. */
// @ts-ignore: decorator
@inline
function compare(type: i32, op: i32, a: v128, b: v128): v128 {
  if (type == Type.int32) {
    if (op == Binary.equal) return i32x4.eq(a, b);
    if (op == Binary.less) return i32x4.lt_s(a, b);
    return op == Binary.lessEqual ? i32x4.le_s(a, b) : i32x4.ne(a, b);
  }
  if (op == Binary.equal) return f32x4.eq(a, b);
  if (op == Binary.less) return f32x4.lt(a, b);
  return op == Binary.lessEqual ? f32x4.le(a, b) : f32x4.ne(a, b);
}

// @ts-ignore: decorator
@inline
function tests(
  type: i32,
  op: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  const aVector = aStep << 2;
  const bVector = bStep << 2;
  for (; length >= 16; length -= 16) {
    const first = compare(type, op, v128.load(a), v128.load(b));
    const second = compare(type, op, v128.load(a + aVector), v128.load(b + bVector));
    a += aVector << 1;
    b += bVector << 1;
    const third = compare(type, op, v128.load(a), v128.load(b));
    const fourth = compare(type, op, v128.load(a + aVector), v128.load(b + bVector));
    a += aVector << 1;
    b += bVector << 1;
    v128.store(y, bytes(first, second, third, fourth));
    y += 16;
  }
  for (; length > 0; length--) {
    const v = compare(type, op, v128.load32_zero(a), v128.load32_zero(b));
    store<u8>(y, <u8>(i32x4.extract_lane(v, 0) & 1));
    a += aStep;
    b += bStep;
    y++;
  }
}

/** Combines bools; the function is a compile-time constant. */
// @ts-ignore: decorator
@inline
function logic(
  op: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  const zero = i8x16.splat(0);
  const one = i8x16.splat(1);
  for (; length >= 16; length -= 16) {
    const c = i8x16.ne(v128.load(a), zero);
    const d = i8x16.ne(v128.load(b), zero);
    v128.store(y, v128.and(op == Binary.logicalAnd ? v128.and(c, d) : v128.or(c, d), one));
    a += aStep << 4;
    b += bStep << 4;
    y += 16;
  }
  for (; length > 0; length--) {
    const c = load<u8>(a) != 0;
    const d = load<u8>(b) != 0;
    store<u8>(y, u8(op == Binary.logicalAnd ? c && d : c || d));
    a += aStep;
    b += bStep;
    y++;
  }
}
