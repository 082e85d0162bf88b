/** Greatest and least values, and their positions. Of equal values, 0 and -0 among them, the first counts. */

/** Reductions of `extremes`, in the order that ../extremes.ts uses. */
const MAX = 0;
const MIN = 1;
const ARG_MAX = 2;

/**
 * Computes y [outer, inner] from x [outer, count, inner] over the middle axis, which has one value at
 * least: the greatest or least value, NaN if there is one; or as int32 the position of the greatest or
 * least value, passing over NaN unless it is the first.
 * @param width as in `reduce`
 */
export function extremes(
  op: i32,
  x: usize,
  y: usize,
  outer: i32,
  count: i32,
  inner: i32,
  width: i32,
): void {
  if (op == MAX) values(true, x, y, outer, count, inner, width);
  else if (op == MIN) values(false, x, y, outer, count, inner, width);
  else if (op == ARG_MAX) positions(true, x, y, outer, count, inner, width);
  else positions(false, x, y, outer, count, inner, width);
}

/** Returns the lanes of a, or of b where that is beyond a. */
// @ts-ignore: decorator
@inline
function further(isMax: bool, a: v128, b: v128): v128 {
  return isMax ? f32x4.pmax(a, b) : f32x4.pmin(a, b);
}

// @ts-ignore: decorator
@inline
function isBeyond(isMax: bool, b: f32, a: f32): bool {
  return isMax ? b > a : b < a;
}

// @ts-ignore: decorator
@inline
function values(
  isMax: bool,
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
      store<f32>(y, isMax ? maxOf(x, count) : minOf(x, count));
      x += (<usize>count) << 2;
      y += 4;
      continue;
    }
    let left = inner;
    for (; left >= 16; left -= 16) {
      vectors(4, isMax, x, y, count, row);
      x += 64;
      y += 64;
    }
    for (; left >= 4; left -= 4) {
      vectors(1, isMax, x, y, count, row);
      x += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      let best = load<f32>(x);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        const v = load<f32>(at);
        if (v != v || isBeyond(isMax, v, best)) best = v;
      }
      store<f32>(y, best);
      x += 4;
      y += 4;
    }
    x += <usize>(count - 1) * row;
  }
}

/** Reduces 4 or 16 columns; `count4` is a compile-time constant, 1 or 4. */
// @ts-ignore: decorator
@inline
function vectors(count4: i32, isMax: bool, x: usize, y: usize, count: i32, row: usize): void {
  let a = v128.load(x);
  let b = count4 > 1 ? v128.load(x, 16) : a;
  let c = count4 > 1 ? v128.load(x, 32) : a;
  let d = count4 > 1 ? v128.load(x, 48) : a;
  // All bits of a lane that has seen NaN are set, which makes it NaN.
  let aNaN = i32x4.splat(0);
  let bNaN = aNaN;
  let cNaN = aNaN;
  let dNaN = aNaN;
  for (; count > 1; count--) {
    x += row;
    let v = v128.load(x);
    a = further(isMax, a, v);
    aNaN = v128.or(aNaN, f32x4.ne(v, v));
    if (count4 > 1) {
      v = v128.load(x, 16);
      b = further(isMax, b, v);
      bNaN = v128.or(bNaN, f32x4.ne(v, v));
      v = v128.load(x, 32);
      c = further(isMax, c, v);
      cNaN = v128.or(cNaN, f32x4.ne(v, v));
      v = v128.load(x, 48);
      d = further(isMax, d, v);
      dNaN = v128.or(dNaN, f32x4.ne(v, v));
    }
  }
  v128.store(y, v128.or(a, aNaN));
  if (count4 > 1) {
    v128.store(y, v128.or(b, bNaN), 16);
    v128.store(y, v128.or(c, cNaN), 32);
    v128.store(y, v128.or(d, dNaN), 48);
  }
}

/** Returns the greatest of `count` values, one at least; NaN if there is one. */
export function maxOf(x: usize, count: i32): f32 {
  return firstEqual(x, count, bestOf(true, true, x, count));
}

function minOf(x: usize, count: i32): f32 {
  return firstEqual(x, count, bestOf(false, true, x, count));
}

/** Returns a value, or of 0 and -0 the one that is first. */
// @ts-ignore: decorator
@inline
function firstEqual(x: usize, count: i32, value: f32): f32 {
  return value == 0 ? load<f32>(x + ((<usize>positionOf(x, count, value)) << 2)) : value;
}

/** Returns the furthest of `count` values; NaN if the first is, or with `heedsNaN` if one is. */
// @ts-ignore: decorator
@inline
function bestOf(isMax: bool, heedsNaN: bool, x: usize, count: i32): f32 {
  let best = load<f32>(x);
  if (count >= 16) {
    let a = f32x4.splat(best);
    let b = a;
    let c = a;
    let d = a;
    let someNaN = i32x4.splat(0);
    for (; count >= 16; count -= 16) {
      let v = v128.load(x);
      a = further(isMax, a, v);
      if (heedsNaN) someNaN = v128.or(someNaN, f32x4.ne(v, v));
      v = v128.load(x, 16);
      b = further(isMax, b, v);
      if (heedsNaN) someNaN = v128.or(someNaN, f32x4.ne(v, v));
      v = v128.load(x, 32);
      c = further(isMax, c, v);
      if (heedsNaN) someNaN = v128.or(someNaN, f32x4.ne(v, v));
      v = v128.load(x, 48);
      d = further(isMax, d, v);
      if (heedsNaN) someNaN = v128.or(someNaN, f32x4.ne(v, v));
      x += 64;
    }
    if (heedsNaN && v128.any_true(someNaN)) return f32.NaN;
    a = further(isMax, further(isMax, a, b), further(isMax, c, d));
    best = f32x4.extract_lane(a, 0);
    if (isBeyond(isMax, f32x4.extract_lane(a, 1), best)) best = f32x4.extract_lane(a, 1);
    if (isBeyond(isMax, f32x4.extract_lane(a, 2), best)) best = f32x4.extract_lane(a, 2);
    if (isBeyond(isMax, f32x4.extract_lane(a, 3), best)) best = f32x4.extract_lane(a, 3);
  }
  for (; count > 0; count--) {
    const v = load<f32>(x);
    if (heedsNaN && v != v) return v;
    if (isBeyond(isMax, v, best)) best = v;
    x += 4;
  }
  return best;
}

/** Returns the first position of a value among `count`; 0 if there is none, as of NaN. */
function positionOf(x: usize, count: i32, value: f32): i32 {
  const wanted = f32x4.splat(value);
  let i = 0;
  while (i + 4 <= count && !v128.any_true(f32x4.eq(v128.load(x), wanted))) {
    i += 4;
    x += 16;
  }
  for (; i < count; i++) {
    if (load<f32>(x) == value) return i;
    x += 4;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function positions(
  isMax: bool,
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
      store<i32>(y, positionOf(x, count, bestOf(isMax, false, x, count)));
      x += (<usize>count) << 2;
      y += 4;
      continue;
    }
    let left = inner;
    for (; left >= 4; left -= 4) {
      let best = v128.load(x);
      let where = i32x4.splat(0);
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        const v = v128.load(at);
        const isFurther = isMax ? f32x4.gt(v, best) : f32x4.lt(v, best);
        best = further(isMax, best, v);
        where = v128.bitselect(i32x4.splat(i), where, isFurther);
      }
      v128.store(y, where);
      x += 16;
      y += 16;
    }
    for (; left > 0; left--) {
      let best = load<f32>(x);
      let where = 0;
      let at = x;
      for (let i = 1; i < count; i++) {
        at += row;
        const v = load<f32>(at);
        if (isBeyond(isMax, v, best)) {
          best = v;
          where = i;
        }
      }
      store<i32>(y, where);
      x += 4;
      y += 4;
    }
    x += <usize>(count - 1) * row;
  }
}
