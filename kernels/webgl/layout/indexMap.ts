/**
 * Maps from each index of a result to the index of the input value that it gets. A map is a list of
 * steps on whole numbers, which a program spells out: values 0 to 3 are batch element, row, column
 * and channel of the result, and each step appends values. Sizes are numbers beside the steps, so
 * that shapes share a program.
 */

/** Identifier of a value of a map. */
export type ValueId = number;

/** Identifier of a value that is always zero: the index along an axis of size 1. */
export const ZERO: ValueId = -1;

/** Step of a map; `of` are the values that it reads. */
export type IndexStep =
  /** Appends the quotient and the rest of a division by the step's number. */
  | { readonly op: 'split'; readonly of: readonly [ValueId] }
  /** Appends the sum of a number, and of each value times a number of its own. */
  | { readonly op: 'sum'; readonly of: readonly ValueId[] }
  /** Appends the value, or the nearest index of an axis of the step's number. */
  | { readonly op: 'clamped'; readonly of: readonly [ValueId] }
  /** Does the same, and gives the result the fill where the value is no index of the axis. */
  | { readonly op: 'bounded'; readonly of: readonly [ValueId] }
  /** Appends the value reflected at zero and at the step's first number. */
  | { readonly op: 'mirrored'; readonly of: readonly [ValueId] }
  /** Appends the number at this place of a vector of indices. */
  | { readonly op: 'looked'; readonly of: readonly [ValueId] };

/**
 * Course of a value along the four channels of a slice: it stays the `same`; it counts, from a
 * multiple of four (`slice`) or from any number (`run`); or it does anything else.
 */
type Course = 'same' | 'slice' | 'run' | 'any';

/** Fetches of the four channels of a slice: one texel, two in a row, or one for each lane. */
export type Fetch = 'texel' | 'run' | 'lanes';

/** Index of an input value: batch element, row, column and channel. */
export type Source = readonly [n: ValueId, y: ValueId, x: ValueId, c: ValueId];

interface Value {
  readonly course: Course;
  /** A number that divides each value; of a run, its first value. */
  readonly divisor: number;
}

const zero: Value = { course: 'same', divisor: 0 };

export class IndexMap {
  readonly steps: IndexStep[] = [];
  /** Numbers of the steps, in order. */
  readonly numbers: number[] = [];
  private readonly values: Value[] = [
    { course: 'same', divisor: 1 },
    { course: 'same', divisor: 1 },
    { course: 'same', divisor: 1 },
    { course: 'slice', divisor: 4 },
  ];

  /** Returns quotient and rest of a value that is not negative, divided by a size. */
  split(value: ValueId, size: number): readonly [quotient: ValueId, rest: ValueId] {
    if (value === ZERO) return [ZERO, ZERO];
    if (size === 1) return [value, ZERO];
    const { course, divisor } = this.value(value);
    this.add('split', [value], [size]);
    if (course === 'same') {
      const isWhole = divisor % size === 0;
      return [
        this.append({ course, divisor: isWhole ? divisor / size : 1 }),
        this.append({ course, divisor: commonDivisor(divisor, size) }),
      ];
    }
    if (course !== 'slice' || size % 4 !== 0) return [this.append(any), this.append(any)];
    return [this.append({ course: 'same', divisor: 1 }), this.append({ course, divisor: 4 })];
  }

  /**
   * Returns first + the sum of value * step, which may be negative. It is a step even if it adds
   * nothing, because the same program serves other numbers.
   */
  sum(first: number, terms: readonly (readonly [value: ValueId, step: number])[]): ValueId {
    const used = terms.filter(([value]) => value !== ZERO);
    this.add(
      'sum',
      used.map(([value]) => value),
      [first, ...used.map(([, step]) => step)],
    );
    return this.append(
      summed(
        first,
        used.map(([id, step]) => [this.value(id), step]),
      ),
    );
  }

  /**
   * Returns an index of an axis of this size: the value, which is one within the result. Past the
   * result, in the last tile, it may be none.
   */
  clamped(value: ValueId, size: number): ValueId {
    return value === ZERO ? ZERO : this.limited('clamped', value, size);
  }

  /** Returns the value; where it is no index of an axis of this size, the result is the fill. */
  bounded(value: ValueId, size: number): ValueId {
    return value === ZERO ? ZERO : this.limited('bounded', value, size);
  }

  /**
   * Returns a value reflected at the ends of an axis of this size, which it leaves by no more than
   * its size.
   * @param repeated 1 if the outermost values occur twice, otherwise 0
   */
  mirrored(value: ValueId, size: number, repeated: 0 | 1): ValueId {
    this.add('mirrored', [value], [size, repeated]);
    const { course } = this.value(value);
    return this.append(course === 'same' ? { course, divisor: 1 } : any);
  }

  /** Returns the number at this place of the vector of indices. */
  looked(value: ValueId): ValueId {
    this.add('looked', [value], []);
    const { course } = this.value(value);
    return this.append(course === 'same' ? { course, divisor: 1 } : any);
  }

  /**
   * Returns the indices along axes of the sizes `to` of the value whose indices along axes of the
   * sizes `from` are given: the same place of the flat data.
   */
  regrouped(
    values: readonly ValueId[],
    from: readonly number[],
    to: readonly number[],
  ): readonly ValueId[] {
    const result = to.map(() => ZERO);
    let [i, j] = [0, 0];
    while (i < from.length || j < to.length) {
      const [firstOf, firstTo] = [i, j];
      let [a, b] = [from[i++] ?? 1, to[j++] ?? 1];
      while (a !== b) {
        if (a < b) a *= from[i++];
        else b *= to[j++];
      }
      const flat = this.flat(values.slice(firstOf, i), from.slice(firstOf, i));
      const parts = this.parts(flat, to.slice(firstTo, j));
      for (const [k, part] of parts.entries()) result[firstTo + k] = part;
    }
    return result;
  }

  /** Returns the fewest fetches of four channels that serve all of these sources. */
  fetchOf(sources: readonly Source[]): Fetch {
    const fetches = sources.map(([n, y, x, c]): Fetch => {
      if ([n, y, x].some((id) => this.value(id).course !== 'same')) return 'lanes';
      const { course } = this.value(c);
      return course === 'slice' ? 'texel' : course === 'run' ? 'run' : 'lanes';
    });
    return (['lanes', 'run'] as const).find((fetch) => fetches.includes(fetch)) ?? 'texel';
  }

  private flat(values: readonly ValueId[], sizes: readonly number[]): ValueId {
    const terms: (readonly [ValueId, number])[] = [];
    let step = 1;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      if (sizes[axis] > 1 && values[axis] !== ZERO) terms.push([values[axis], step]);
      step *= sizes[axis];
    }
    if (terms.length === 0) return ZERO;
    return terms.length === 1 && terms[0][1] === 1 ? terms[0][0] : this.sum(0, terms);
  }

  private parts(value: ValueId, sizes: readonly number[]): ValueId[] {
    const parts = sizes.map(() => ZERO);
    let rest = value;
    const first = sizes.findIndex((size) => size > 1);
    for (let axis = sizes.length - 1; axis > first; axis--) {
      if (sizes[axis] > 1) [rest, parts[axis]] = this.split(rest, sizes[axis]);
    }
    if (first >= 0) parts[first] = rest;
    return parts;
  }

  private value(id: ValueId): Value {
    return id === ZERO ? zero : this.values[id];
  }

  private append(value: Value): ValueId {
    return this.values.push(value) - 1;
  }

  private add(op: IndexStep['op'], of: readonly ValueId[], numbers: readonly number[]): void {
    this.steps.push({ op, of } as IndexStep);
    this.numbers.push(...numbers);
  }

  private limited(op: 'clamped' | 'bounded', value: ValueId, size: number): ValueId {
    this.add(op, [value], [size]);
    const { course } = this.value(value);
    if (course === 'same') return this.append({ course, divisor: 1 });
    // Else the axis may end between two channels of a slice, so that each is fetched by itself.
    return this.append(course === 'slice' && size % 4 === 0 ? { course, divisor: 4 } : any);
  }
}

const any: Value = { course: 'any', divisor: 1 };

/** Returns the course of first + the sum of value * step. */
function summed(first: number, terms: readonly (readonly [Value, number])[]): Value {
  const moving = terms.filter(([{ course }]) => course !== 'same');
  const divisor = terms
    .filter(([{ course }]) => course === 'same')
    .reduce((all, [value, step]) => commonDivisor(all, value.divisor * step), first);
  if (moving.length === 0) return { course: 'same', divisor };
  const [[{ course }, step]] = moving;
  if (moving.length > 1 || step !== 1 || course === 'any') return any;
  const isSlice = course === 'slice' && divisor % 4 === 0;
  return { course: isSlice ? 'slice' : 'run', divisor: isSlice ? 4 : 1 };
}

/** Returns the greatest common divisor; 0 is divided by every number. */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : commonDivisor(b, a % b);
}
