import { clamp, leak, madd } from './vector';

/** Operators of `binary`, in the order that ../elementwise.ts uses. */
const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MAX = 4;
const MIN = 5;
const LEAK = 6;

/** Applies an operator to one vector; the operator is a compile-time constant. */
// @ts-ignore: decorator
@inline
function apply(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  if (op == DIV) return f32x4.div(a, b);
  if (op == MAX) return f32x4.max(a, b);
  if (op == MIN) return f32x4.min(a, b);
  return leak(a, b);
}

/**
 * Computes y [rows, length] = a op b. `aRow` and `bRow` are the bytes from one row of an operand to
 * the next. If `aOne` or `bOne` is set, a row of that operand is one value for all of y's row.
 * `scratch` has room for 8 floats.
 */
export function binary(
  op: i32,
  rows: i32,
  length: i32,
  a: usize,
  aRow: usize,
  aOne: bool,
  b: usize,
  bRow: usize,
  bOne: bool,
  y: usize,
  scratch: usize,
): void {
  for (let row = 0; row < rows; row++) {
    if (aOne) v128.store(scratch, v128.load32_splat(a));
    if (bOne) v128.store(scratch, v128.load32_splat(b), 16);
    const from = aOne ? scratch : a;
    const other = bOne ? scratch + 16 : b;
    const aStep: usize = aOne ? 0 : 4;
    const bStep: usize = bOne ? 0 : 4;
    if (op == ADD) binaryRow(ADD, length, from, aStep, other, bStep, y);
    else if (op == SUB) binaryRow(SUB, length, from, aStep, other, bStep, y);
    else if (op == MUL) binaryRow(MUL, length, from, aStep, other, bStep, y);
    else if (op == DIV) binaryRow(DIV, length, from, aStep, other, bStep, y);
    else if (op == MAX) binaryRow(MAX, length, from, aStep, other, bStep, y);
    else if (op == MIN) binaryRow(MIN, length, from, aStep, other, bStep, y);
    else binaryRow(LEAK, length, from, aStep, other, bStep, y);
    a += aRow;
    b += bRow;
    y += (<usize>length) << 2;
  }
}

// @ts-ignore: decorator
@inline
function binaryRow(
  op: i32,
  length: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
): void {
  const aVector = aStep << 2;
  const bVector = bStep << 2;
  // The checks of a loop cost as much as an operation.
  for (; length >= 16; length -= 16) {
    v128.store(y, apply(op, v128.load(a), v128.load(b)));
    a += aVector;
    b += bVector;
    v128.store(y, apply(op, v128.load(a), v128.load(b)), 16);
    a += aVector;
    b += bVector;
    v128.store(y, apply(op, v128.load(a), v128.load(b)), 32);
    a += aVector;
    b += bVector;
    v128.store(y, apply(op, v128.load(a), v128.load(b)), 48);
    a += aVector;
    b += bVector;
    y += 64;
  }
  for (; length >= 4; length -= 4) {
    v128.store(y, apply(op, v128.load(a), v128.load(b)));
    a += aVector;
    b += bVector;
    y += 16;
  }
  for (; length > 0; length--) {
    const v = apply(op, v128.load32_zero(a), v128.load32_zero(b));
    store<f32>(y, f32x4.extract_lane(v, 0));
    a += aStep;
    b += bStep;
    y += 4;
  }
}

/** Computes y = x clamped to [low, high]; NaN stays. */
export function clip(x: usize, y: usize, length: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; length >= 16; length -= 16) {
    v128.store(y, clamp(v128.load(x), lows, highs));
    v128.store(y, clamp(v128.load(x, 16), lows, highs), 16);
    v128.store(y, clamp(v128.load(x, 32), lows, highs), 32);
    v128.store(y, clamp(v128.load(x, 48), lows, highs), 48);
    x += 64;
    y += 64;
  }
  for (; length >= 4; length -= 4) {
    v128.store(y, clamp(v128.load(x), lows, highs));
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<f32>(y, f32x4.extract_lane(clamp(v128.load32_zero(x), lows, highs), 0));
    x += 4;
    y += 4;
  }
}

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
