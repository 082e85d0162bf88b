/**
 * Finds the k greatest of each row of x [rows, length], in descending order, with their positions; of
 * equal values the first ones. Both results are [rows, k], and k is at most `length`.
 * @returns false if there is NaN, which has no order
 */
export function topK(
  x: usize,
  rows: i32,
  length: i32,
  k: i32,
  values: usize,
  positions: usize,
): bool {
  for (; rows > 0; rows--) {
    if (!ofRow(x, length, k, values, positions)) return false;
    x += (<usize>length) << 2;
    values += (<usize>k) << 2;
    positions += (<usize>k) << 2;
  }
  return true;
}

/** The results are a heap with the last of them on top, until they are sorted. */
function ofRow(x: usize, length: i32, k: i32, values: usize, positions: usize): bool {
  for (let i = 0; i < k; i++) {
    const at = (<usize>i) << 2;
    const v = load<f32>(x + at);
    if (v != v) return false;
    store<f32>(values + at, v);
    store<i32>(positions + at, i);
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) {
    const at = (<usize>i) << 2;
    sink(values, positions, k, i, load<f32>(values + at), load<i32>(positions + at));
  }
  let i = k;
  while (i < length) {
    const at = x + ((<usize>i) << 2);
    if (k > 0 && i + 8 <= length && !isOfInterest(at, load<f32>(values))) {
      i += 8;
      continue;
    }
    for (const end = min(i + 8, length); i < end; i++) {
      const v = load<f32>(x + ((<usize>i) << 2));
      if (v != v) return false;
      if (k > 0 && v > load<f32>(values)) sink(values, positions, k, 0, v, i);
    }
  }
  for (let end = k - 1; end > 0; end--) {
    const at = (<usize>end) << 2;
    const v = load<f32>(values + at);
    const position = load<i32>(positions + at);
    store<f32>(values + at, load<f32>(values));
    store<i32>(positions + at, load<i32>(positions));
    sink(values, positions, end, 0, v, position);
  }
  return true;
}

/** True if one of 8 values is above the least result, or NaN. */
// @ts-ignore: decorator
@inline
function isOfInterest(x: usize, least: f32): bool {
  const leasts = f32x4.splat(least);
  const a = f32x4.le(v128.load(x), leasts);
  const b = f32x4.le(v128.load(x, 16), leasts);
  return !i32x4.all_true(v128.and(a, b));
}

/** Puts a value at node `i` of a heap of `size`, or below, where its order wants it. */
function sink(values: usize, positions: usize, size: i32, i: i32, v: f32, position: i32): void {
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    let at = (<usize>child) << 2;
    let w = load<f32>(values + at);
    let other = load<i32>(positions + at);
    if (child + 1 < size) {
      const next = load<f32>(values + at, 4);
      const nextPosition = load<i32>(positions + at, 4);
      if (isAfter(next, nextPosition, w, other)) {
        child++;
        at += 4;
        w = next;
        other = nextPosition;
      }
    }
    if (!isAfter(w, other, v, position)) break;
    store<f32>(values + ((<usize>i) << 2), w);
    store<i32>(positions + ((<usize>i) << 2), other);
    i = child;
  }
  store<f32>(values + ((<usize>i) << 2), v);
  store<i32>(positions + ((<usize>i) << 2), position);
}

/** True if value v comes after w in descending order. */
// @ts-ignore: decorator
@inline
function isAfter(v: f32, position: i32, w: f32, other: i32): bool {
  return v < w || (v == w && position > other);
}
