/** Returns a * b + c in each lane. It may be rounded only once in the build with relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Returns a constant in each lane, from its address. Engines make a constant vector anew wherever a loop
 * uses it, in three instructions; a load is one.
 */
// @ts-ignore: decorator
@inline
export function known(constant: usize): v128 {
  return v128.load32_splat(constant);
}

/** Clamps each lane of v to [low, high]; NaN stays. */
// @ts-ignore: decorator
@inline
export function clamp(v: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, low), high);
}

/** Returns v, or v * slope in lanes where v is negative. */
// @ts-ignore: decorator
@inline
export function leak(v: v128, slope: v128): v128 {
  return v128.bitselect(f32x4.mul(v, slope), v, f32x4.lt(v, f32x4.splat(0)));
}

/**
 * Applies an activation: factors of negative lanes, then limits.
 * @param slopes address of the factors; 0 if there are none
 */
// @ts-ignore: decorator
@inline
export function activated(v: v128, slopes: usize, low: v128, high: v128): v128 {
  if (slopes != 0) v = leak(v, v128.load(slopes));
  return clamp(v, low, high);
}

/** Stores the first `lanes` of 8 lanes. */
export function storeLanes(y: usize, v0: v128, v1: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(y, v0);
    y += 16;
    v0 = v1;
    lanes -= 4;
  }
  if (lanes == 4) {
    v128.store(y, v0);
    return;
  }
  if (lanes > 0) store<f32>(y, f32x4.extract_lane(v0, 0));
  if (lanes > 1) store<f32>(y, f32x4.extract_lane(v0, 1), 4);
  if (lanes > 2) store<f32>(y, f32x4.extract_lane(v0, 2), 8);
}

/** Loads the first `lanes`, from 1 to 4, of 4 lanes; the others are 0. */
// @ts-ignore: decorator
@inline
export function loadLanes(x: usize, lanes: i32): v128 {
  if (lanes >= 4) return v128.load(x);
  if (lanes == 1) return v128.load32_zero(x);
  const two = v128.load64_zero(x);
  return lanes == 2 ? two : v128.load32_lane(x, two, 2, 8);
}

/** Packs comparisons of 16 values, lanes of all or no bits, into bytes of 1 and 0. */
// @ts-ignore: decorator
@inline
export function bytes(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  return v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1));
}
