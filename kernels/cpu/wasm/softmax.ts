import { exp } from './exponential';
import { maxOf } from './extremes';
import { sumOf } from './reduce';

/** Number of values that stay in the first cache, read and written. */
const BLOCK = 2048;

/**
 * Computes y [rows, length], e^x over the sum of e^x of a row. x is less the greatest value of its row
 * first, so that no power is too large.
 */
export function softmax(x: usize, y: usize, rows: i32, length: i32): void {
  const row = (<usize>length) << 2;
  // Powers of several short rows are computed together, because vectors reach across their ends.
  const most = max(1, BLOCK / length);
  for (; rows > 0; rows -= most) {
    const some = min(rows, most);
    for (let i = 0; i < some; i++) {
      const at = <usize>i * row;
      apply(true, x + at, y + at, length, maxOf(x + at, length));
    }
    powers(y, some * length);
    for (let i = 0; i < some; i++) {
      const at = y + <usize>i * row;
      apply(false, at, at, length, <f32>sumOf(at, length));
    }
    x += <usize>some * row;
    y += <usize>some * row;
  }
}

/** Computes e^y of `length` values in place. */
function powers(y: usize, length: i32): void {
  for (; length >= 4; length -= 4) {
    v128.store(y, exp(v128.load(y)));
    y += 16;
  }
  for (; length > 0; length--) {
    store<f32>(y, f32x4.extract_lane(exp(v128.load32_zero(y)), 0));
    y += 4;
  }
}

/** Computes y = x - operand, or x / operand. */
// @ts-ignore: decorator
@inline
function apply(isSub: bool, x: usize, y: usize, length: i32, operand: f32): void {
  const operands = f32x4.splat(operand);
  for (; length >= 4; length -= 4) {
    const v = v128.load(x);
    v128.store(y, isSub ? f32x4.sub(v, operands) : f32x4.div(v, operands));
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    const v = load<f32>(x);
    store<f32>(y, isSub ? v - operand : v / operand);
    x += 4;
    y += 4;
  }
}
