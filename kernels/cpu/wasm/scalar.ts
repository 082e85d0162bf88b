/** Element-wise functions that nets need rarely, computed value by value. */
import { Unary } from './numbers';

/** Computes y = f(x) for each of `length` float32 values. */
export function scalar(op: Unary, x: usize, y: usize, length: i32): void {
  switch (op) {
    case Unary.acos: return each(x, y, length, (v) => NativeMathf.acos(v));
    case Unary.acosh: return each(x, y, length, (v) => NativeMathf.acosh(v));
    case Unary.asin: return each(x, y, length, (v) => NativeMathf.asin(v));
    case Unary.asinh: return each(x, y, length, (v) => NativeMathf.asinh(v));
    case Unary.atan: return each(x, y, length, (v) => NativeMathf.atan(v));
    case Unary.atanh: return each(x, y, length, (v) => NativeMathf.atanh(v));
    case Unary.cosh: return each(x, y, length, (v) => NativeMathf.cosh(v));
    case Unary.sinh: return each(x, y, length, (v) => NativeMathf.sinh(v));
    case Unary.tan: return each(x, y, length, (v) => <f32>NativeMath.tan(v));
    default: unreachable();
  }
}

function each(x: usize, y: usize, length: i32, f: (v: f32) => f32): void {
  for (; length > 0; length--) {
    store<f32>(y, f(load<f32>(x)));
    x += 4;
    y += 4;
  }
}
