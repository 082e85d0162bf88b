/** Positions at, at + step, at + 2 * step, .. along an axis: those of taps, or of windows. */

/** Returns the index of the first one that is not before the input. */
// @ts-ignore: decorator
@inline
export function firstInside(at: i32, step: i32): i32 {
  return at < 0 ? (step - 1 - at) / step : 0;
}

/** Returns the number of those among the first `count` that are not past an input of this size. */
// @ts-ignore: decorator
@inline
export function endInside(at: i32, step: i32, size: i32, count: i32): i32 {
  return size > at ? min(count, (size - at + step - 1) / step) : 0;
}
