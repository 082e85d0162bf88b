/** Conversions between the types of values. */
import { Type } from './numbers';

/** Converts `length` values. To bool, every value but 0 is 1; to int32, as JavaScript does. */
export function cast(from: Type, to: Type, x: usize, y: usize, length: i32): void {
  if (from == Type.bool) widen(to, x, y, length);
  else if (to == Type.bool) truth(from, x, y, length);
  else if (to == Type.int32) floatsToInts(x, y, length);
  else intsToFloats(x, y, length);
}

/** Returns a value as an int32, modulo 2^32; NaN and infinities are 0. */
export function wrapped(value: f64): i32 {
  if (!isFinite(value)) return 0;
  const whole = Math.trunc(value);
  return <i32>(<i64>(whole - Math.floor(whole * (1 / 4294967296)) * 4294967296));
}

function floatsToInts(x: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4) {
    const v = v128.load(x);
    // Other values are rare.
    if (i32x4.all_true(f32x4.lt(f32x4.abs(v), f32x4.splat(2147483648)))) {
      v128.store(y, i32x4.trunc_sat_f32x4_s(v));
    } else {
      for (let i: usize = 0; i < 16; i += 4) store<i32>(y + i, wrapped(load<f32>(x + i)));
    }
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<i32>(y, wrapped(load<f32>(x)));
    x += 4;
    y += 4;
  }
}

function intsToFloats(x: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4) {
    v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
    x += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<f32>(y, <f32>load<i32>(x));
    x += 4;
    y += 4;
  }
}

/** Converts bytes to values of 4 bytes. */
function widen(to: Type, x: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4) {
    const v = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)));
    v128.store(y, to == Type.int32 ? v : f32x4.convert_i32x4_s(v));
    x += 4;
    y += 16;
  }
  for (; length > 0; length--) {
    const v = <i32>load<u8>(x);
    if (to == Type.int32) store<i32>(y, v);
    else store<f32>(y, <f32>v);
    x++;
    y += 4;
  }
}

function truth(from: Type, x: usize, y: usize, length: i32): void {
  for (; length > 0; length--) {
    const isTrue = from == Type.int32 ? load<i32>(x) != 0 : load<f32>(x) != 0;
    store<u8>(y, u8(isTrue));
    x += 4;
    y++;
  }
}
