/** Functions of two values that nets need rarely, computed value by value. */
import { wrapped } from './cast';
import { Binary } from './numbers';

/** Computes a function of float32 values; steps are bytes from one value to the next. */
export function scalarFloats(
  op: Binary,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  for (; length > 0; length--) {
    const left = load<f32>(a);
    const right = load<f32>(b);
    if (op == Binary.pow) store<f32>(y, power(left, right));
    else if (op == Binary.mod) store<f32>(y, <f32>remainder(left, right));
    else if (op == Binary.floorDiv) store<i32>(y, wrapped(Math.floor(<f64>left / <f64>right)));
    else store<f32>(y, NativeMathf.atan2(left, right));
    a += aStep;
    b += bStep;
    y += 4;
  }
}

/** Computes a function of int32 values; steps are bytes from one value to the next. */
export function scalarInts(
  op: Binary,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  y: usize,
  length: i32,
): void {
  for (; length > 0; length--) {
    const left = <f64>load<i32>(a);
    const right = <f64>load<i32>(b);
    store<i32>(y, wrapped(op == Binary.mod ? remainder(left, right) : Math.floor(left / right)));
    a += aStep;
    b += bStep;
    y += 4;
  }
}

/** Returns a^b as JavaScript does: NaN where C has 1. The usual exponents of nets come first. */
function power(a: f32, b: f32): f32 {
  if (b == 2) return a * a;
  if (b == 3) return <f32>(<f64>a * <f64>a * <f64>a);
  if (b == 0.5 && a > 0) return sqrt<f32>(a);
  if (b != b || (abs(a) == 1 && abs(b) == Infinity)) return NaN;
  return NativeMathf.pow(a, b);
}

/** Returns the remainder of a / b that has the sign of b. */
function remainder(a: f64, b: f64): f64 {
  const rest = NativeMath.mod(a, b);
  return a < 0 == b < 0 ? rest : NativeMath.mod(rest + b, b);
}
