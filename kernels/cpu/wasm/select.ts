/**
 * Computes y, whose value i is that of a where condition i is 1, else that of b. Values of a, b and y
 * have 4 bytes, or one if `isBytes`.
 */
export function select(
  condition: usize,
  a: usize,
  b: usize,
  y: usize,
  length: i32,
  isBytes: bool,
): void {
  if (isBytes) {
    for (; length >= 16; length -= 16) {
      const isA = i8x16.eq(v128.load(condition), i8x16.splat(1));
      v128.store(y, v128.bitselect(v128.load(a), v128.load(b), isA));
      condition += 16;
      a += 16;
      b += 16;
      y += 16;
    }
    for (; length > 0; length--) {
      store<u8>(y++, load<u8>(load<u8>(condition++) == 1 ? a : b));
      a++;
      b++;
    }
    return;
  }
  for (; length >= 4; length -= 4) {
    const four = i16x8.extend_low_i8x16_u(v128.load32_zero(condition));
    const isA = i32x4.eq(i32x4.extend_low_i16x8_u(four), i32x4.splat(1));
    v128.store(y, v128.bitselect(v128.load(a), v128.load(b), isA));
    condition += 4;
    a += 16;
    b += 16;
    y += 16;
  }
  for (; length > 0; length--) {
    store<u32>(y, load<u32>(load<u8>(condition++) == 1 ? a : b));
    a += 4;
    b += 4;
    y += 4;
  }
}
