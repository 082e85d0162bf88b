import type { Numbers, NumbersType } from './numbers.js';

/** True result of a case, and bounds on the error of a backend. */
export interface Reference {
  readonly shape: readonly number[];
  /** Type of the tensor; float32 where it is not given. */
  readonly dtype?: NumbersType;
  readonly values: Float64Array;
  readonly bounds: Float64Array;
  /** 1 where NaN is right as well as the value. */
  readonly orNaN?: Uint8Array;
  /** 1 where any value is right: beyond the largest half float, devices store what they like. */
  readonly isFree?: Uint8Array;
}

/** Result of a backend; a tensor without a type is float32. */
type Actual = Pick<Numbers, 'shape' | 'dtype'> & { readonly values: ArrayLike<number> };

/** One value whose error exceeds its bound, or whose kind (finite, NaN, Infinity) is wrong. */
export interface Difference {
  /** Coordinate in the output's shape. */
  readonly at: readonly number[];
  readonly actual: number;
  readonly expected: number;
  readonly bound: number;
  /** Error in units of the bound; Infinity if the bound is zero or the kind is wrong. */
  readonly units: number;
}

export interface Comparison {
  readonly ok: boolean;
  /** Mismatch of the shapes or types, or null. Values are compared only if both agree. */
  readonly shape: string | null;
  readonly count: number;
  readonly bad: number;
  /** Largest error in units of its bound. */
  readonly worst: number;
  readonly first: Difference | null;
}

/**
 * Compares a result with the reference. NaN, Infinity and -Infinity each agree only with
 * themselves; 0 and -0 agree.
 */
export function compare(actual: Actual, expected: Reference): Comparison {
  const count = expected.values.length;
  const { dtype = 'float32' } = expected;
  const { dtype: given = 'float32' } = actual;
  if (given !== dtype) {
    const shape = `type ${given} instead of ${dtype}`;
    return { ok: false, shape, count, bad: count, worst: Infinity, first: null };
  }
  if (actual.shape.join() !== expected.shape.join() || actual.values.length !== count) {
    const shape = `shape [${actual.shape}] of ${actual.values.length} values instead of [${expected.shape}]`;
    return { ok: false, shape, count, bad: count, worst: Infinity, first: null };
  }
  let bad = 0;
  let worst = 0;
  let first: Difference | null = null;
  for (let i = 0; i < count; i++) {
    if (expected.isFree?.[i] === 1) continue;
    if (expected.orNaN?.[i] === 1 && Number.isNaN(actual.values[i])) continue;
    const units = unitsOff(actual.values[i], expected.values[i], expected.bounds[i]);
    worst = Math.max(worst, units);
    if (units <= 1) continue;
    bad++;
    first ??= {
      at: coordinate(i, expected.shape),
      actual: actual.values[i],
      expected: expected.values[i],
      bound: expected.bounds[i],
      units,
    };
  }
  return { ok: bad === 0, shape: null, count, bad, worst, first };
}

/** Describes a comparison in one line. */
export function describeComparison(c: Comparison): string {
  if (c.shape) return c.shape;
  if (!c.first)
    return `all ${c.count} values agree, the worst at ${c.worst.toPrecision(3)} of its bound`;
  const { at, actual, expected, bound, units } = c.first;
  return (
    `${c.bad} of ${c.count} values are off; first at [${at}]: got ${actual}, expected ${expected} ` +
    `within ${bound} (${units.toPrecision(3)} times the bound)`
  );
}

function unitsOff(actual: number, expected: number, bound: number): number {
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) {
    return Object.is(actual, expected) ? 0 : Infinity;
  }
  const error = Math.abs(actual - expected);
  return error === 0 ? 0 : error / bound;
}

function coordinate(i: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  let rest = i;
  for (const size of [...shape].reverse()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}
