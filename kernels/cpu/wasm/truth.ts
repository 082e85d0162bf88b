/**
 * Computes y [outer, inner] from booleans x [outer, count, inner], bytes of 0 and 1, over the middle
 * axis: 1 if all of them are true, or with `isAny` if one is.
 * @param width as in `reduce`
 */
export function truth(
  isAny: bool,
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  width: i32,
): void {
  const row = <usize>width;
  for (; outer > 0; outer--) {
    if (width == 1) {
      store<u8>(y, u8(isAny ? hasOne(x, count) : !hasZero(x, count)));
      x += <usize>count;
      y++;
      continue;
    }
    let left = inner;
    for (; left >= 16; left -= 16) {
      let found = v128.load(x);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        const v = v128.load(at);
        found = isAny ? v128.or(found, v) : v128.and(found, v);
      }
      v128.store(y, found);
      x += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      let found = load<u8>(x);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        found = isAny ? found | load<u8>(at) : found & load<u8>(at);
      }
      store<u8>(y, found);
      x++;
      y++;
    }
    x += <usize>(count - 1) * row;
  }
}

function hasOne(x: usize, count: i32): bool {
  for (; count >= 16; count -= 16) {
    if (v128.any_true(v128.load(x))) return true;
    x += 16;
  }
  for (; count > 0; count--) {
    if (load<u8>(x) != 0) return true;
    x++;
  }
  return false;
}

function hasZero(x: usize, count: i32): bool {
  for (; count >= 16; count -= 16) {
    if (!i8x16.all_true(v128.load(x))) return true;
    x += 16;
  }
  for (; count > 0; count--) {
    if (load<u8>(x) == 0) return true;
    x++;
  }
  return false;
}
