/** Reductions of `reduceWhole`, in the order that ../reduce.ts uses. */
const SUM = 0;
const MAX = 1;

/**
 * Computes y [outer, inner] from int32 x [outer, count, inner] over the middle axis: the sum modulo
 * 2^32, or the greatest or least value.
 * @param width as in `reduce`
 */
export function reduceWhole(
  op: i32,
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  width: i32,
): void {
  const row = (<usize>width) << 2;
  for (; outer > 0; outer--) {
    if (width == 1) {
      store<i32>(y, ofRow(op, x, count));
      x += (<usize>count) << 2;
      y += 4;
      continue;
    }
    let left = inner;
    for (; left >= 4; left -= 4) {
      let found = v128.load(x);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        found = vectors(op, found, v128.load(at));
      }
      v128.store(y, found);
      x += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      let found = load<i32>(x);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        found = values(op, found, load<i32>(at));
      }
      store<i32>(y, found);
      x += 4;
      y += 4;
    }
    x += <usize>(count - 1) * row;
  }
}

function ofRow(op: i32, x: usize, count: i32): i32 {
  let found = load<i32>(x);
  x += 4;
  count--;
  if (count >= 4) {
    let v = v128.load(x);
    for (count -= 4, x += 16; count >= 4; count -= 4) {
      v = vectors(op, v, v128.load(x));
      x += 16;
    }
    found = values(op, found, i32x4.extract_lane(v, 0));
    found = values(op, found, i32x4.extract_lane(v, 1));
    found = values(op, found, i32x4.extract_lane(v, 2));
    found = values(op, found, i32x4.extract_lane(v, 3));
  }
  for (; count > 0; count--) {
    found = values(op, found, load<i32>(x));
    x += 4;
  }
  return found;
}

// @ts-ignore: decorator
@inline
function vectors(op: i32, a: v128, b: v128): v128 {
  if (op == SUM) return i32x4.add(a, b);
  return op == MAX ? i32x4.max_s(a, b) : i32x4.min_s(a, b);
}

// @ts-ignore: decorator
@inline
function values(op: i32, a: i32, b: i32): i32 {
  if (op == SUM) return a + b;
  return op == MAX ? max(a, b) : min(a, b);
}
