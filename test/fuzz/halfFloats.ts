/** Rounding of stored values: what it adds to the bounds of a backend that stores half floats. */
import {
  type Bounded,
  HALF_MOST,
  HALF_UNIT,
  halfError,
  type Numbers,
  type Reference,
  type StoredPrecision,
  TINY,
} from '../../src/validator/index.js';

/** Largest number up to which all whole numbers are stored exactly. */
export const wholes = {
  float32: 2 ** 24,
  half: 1 / HALF_UNIT,
} as const satisfies Record<StoredPrecision, number>;

/** Bounds a function of one stored value, whose result is stored as well. */
export type Storing = (f: (value: number) => Bounded, value: number) => Bounded;

/**
 * Bounds a monotonic function on a backend that stores half floats. The input that was read may be
 * half floats apart from the one that a fused program computed with: that one was packed by the
 * program, and not stored by the device.
 */
const storingHalf =
  (isExact: boolean): Storing =>
  (f, value) => {
    const size = Math.abs(value);
    const isKept = (isExact && size <= wholes.half) || !Number.isFinite(value);
    const error = isKept ? 0 : halfError(size);
    const y = f(value);
    const ends = error === 0 ? [y] : [f(value - error), f(value + error)];
    const spread = Math.max(...ends.map((end) => Math.abs(end.value - y.value) || 0));
    const bound = Math.max(...ends.map((end) => end.bound)) + spread;
    const isWhole = bound <= TINY && Number.isInteger(y.value) && Math.abs(y.value) <= wholes.half;
    const isStored = isWhole || !Number.isFinite(y.value);
    return { value: y.value, bound: bound + (isStored ? 0 : halfError(Math.abs(y.value))) };
  };

/**
 * Returns the bounds for values in these floats.
 * @param isExact true if the input is whole numbers, each of which the backend has exactly
 */
export function storingIn(precision: StoredPrecision, isExact: boolean): Storing {
  return precision === 'half' ? storingHalf(isExact) : (f, value) => f(value);
}

type Truth = (y: Numbers) => Reference;

/** Returns which values of a result are NaN if such values of its input are. */
function nanFrom(truth: Truth, y: Numbers, isSuch: (value: number, i: number) => boolean) {
  const marks = y.values.map((value, i) => (isSuch(value, i) ? Number.NaN : value));
  if (!y.values.some(isSuch)) return undefined;
  return Uint8Array.from(truth({ ...y, values: marks }).values, (v) => (Number.isNaN(v) ? 1 : 0));
}

const either = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a && b ? a.map((mark, i) => mark | b[i]) : (a ?? b);

/**
 * Returns the truth of a stage on a backend that stores half floats: where it depends on an input
 * that is infinite, NaN is right as well, and where on one that is in doubt, any value.
 * @param doubts 1 where the input that was read may differ from the one that was computed with
 */
export function halfTruth(truth: Truth, y: Numbers, doubts: Uint8Array | undefined): Reference {
  const right = truth(y);
  const { values, bounds } = right;
  const infinite = nanFrom(truth, y, (value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  const isBeyond = (value: number) => Number.isFinite(value) && Math.abs(value) > HALF_MOST;
  const free = nanFrom(truth, y, (value, i) => doubts?.[i] === 1 || isBeyond(value));
  const over = Uint8Array.from(values, (value, i) =>
    Number.isFinite(value) && Math.abs(value) + bounds[i] > HALF_MOST ? 1 : 0,
  );
  return {
    ...right,
    orNaN: either(right.orNaN, infinite),
    isFree: either(either(right.isFree, free), over),
  };
}

/**
 * Returns 1 where a value that was read may differ from the one that the next stage computed with:
 * where the device may store what it likes.
 */
export function doubtsOf(truth: Reference, values: ArrayLike<number>): Uint8Array | undefined {
  const { isFree, orNaN } = truth;
  if (isFree === undefined && orNaN === undefined) return undefined;
  return Uint8Array.from(truth.values, (value, i) =>
    isFree?.[i] === 1 || Number.isNaN(value) !== Number.isNaN(values[i]) ? 1 : 0,
  );
}

/**
 * Returns the error of storing a whole number.
 * @param largest most that the values may be from which it was computed, and that were stored as well
 */
export function wholeError(
  precision: StoredPrecision,
  value: number,
  largest = Math.abs(value),
): number {
  return largest <= wholes[precision] || precision === 'float32' ? 0 : 3 * halfError(largest);
}
