/** Samples of float32 values, and distances between results, for tests of element-wise functions. */

/** Limits, values next to them, and what is no number. */
export const specialValues: readonly number[] = [
  ...[0, 0.5, 1, 1.5, 2, 2.5, 3, 33, 1e-45, 1e-40, 2 ** -126, 8388607.5, 16777217, 1e6, 1.1e6],
  ...[2147483648, 1e10, 1e30, 3.4e38, Number.POSITIVE_INFINITY],
  ...[20, 80, 87.3, 88.7, 88.73, 89, 103.9, 104.5, Math.PI / 2, Math.PI],
].flatMap((value) => [value, -value]);

/** Values of both signs from 2^-40 to 2^8, whole steps around 0, all exponents, and special values. */
export function denseSample(): Float32Array {
  const count = 3000;
  const every = Array.from({ length: count }, (_, i) => i);
  const signed = (i: number, value: number) => (i % 2 === 0 ? value : -value);
  return Float32Array.from([
    ...every.map((i) => signed(i, 2 ** (-40 + (48 * i) / count))),
    ...every.map((i) => (12 * i) / count - 6),
    ...every.map((i) => signed(i, 2 ** (-149 + (277 * i) / count))),
    ...[...specialValues, Number.NaN],
  ]);
}

/** Returns the distance between the float32 neighbours at a value. */
const unitAt = (value: number) =>
  2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23);

/**
 * Returns the distance of a float32 result from the value that is right, in units in the last place;
 * Infinity if one of them has no place among the numbers of the other. The sign of zero counts.
 */
export function unitsOff(found: number, right: number): number {
  const rounded = Math.fround(right);
  if (Object.is(found, rounded)) return Math.abs(found - right) / unitAt(rounded) || 0;
  if (!Number.isFinite(found) || Number.isNaN(right)) return Number.POSITIVE_INFINITY;
  if (found === 0 && right === 0) return Number.POSITIVE_INFINITY;
  // The number after the largest one stands for Infinity.
  const near = Number.isFinite(rounded) ? right : Math.sign(right) * 2 ** 128;
  return Math.abs(found - near) / unitAt(Number.isFinite(rounded) ? near : 2 ** 127);
}
