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
 * Fetches of the four channels of a slice: one texel, two in a row, or one for each lane. A list has for
 * each lane the first one that is in the same texel: the fetches are as many as there are texels.
 */
export type Fetch = 'texel' | 'run' | 'lanes' | readonly number[];

/** Index of an input value: batch element, row, column and channel. */
export type Source = readonly [n: ValueId, y: ValueId, x: ValueId, c: ValueId];

interface Value {
  /** Numbers to add to the value of the first lane for that of each lane; null if they vary. */
  readonly lanes: readonly number[] | null;
  /** A number that divides the value of the first lane. */
  readonly divisor: number;
}

/** Lanes of a value that is the same for all channels of a slice, and of one that counts them. */
const same = [0, 0, 0, 0];
const counted = [0, 1, 2, 3];

const zero: Value = { lanes: same, divisor: 0 };
const any: Value = { lanes: null, divisor: 1 };

export class IndexMap {
  readonly steps: IndexStep[] = [];
  /** Numbers of the steps, in order. */
  readonly numbers: number[] = [];
  private readonly values: Value[] = [
    { lanes: same, divisor: 1 },
    { lanes: same, divisor: 1 },
    { lanes: same, divisor: 1 },
    { lanes: counted, divisor: 4 },
  ];

  /** True if some lanes of a slice may get the fill, and others values. */
  private boundsLanes = false;

  /** Returns quotient and rest of a value that is not negative, divided by a size. */
  split(value: ValueId, size: number): readonly [quotient: ValueId, rest: ValueId] {
    if (value === ZERO) return [ZERO, ZERO];
    if (size === 1) return [value, ZERO];
    const { lanes, divisor } = this.value(value);
    this.add('split', [value], [size]);
    const quotients = lanes && quotientsOf(lanes, divisor, size);
    if (lanes === null || quotients === null) return [this.append(any), this.append(any)];
    const rests = lanes.map((lane, i) => lane - quotients[i] * size);
    const isWhole = divisor % size === 0;
    return [
      this.append({ lanes: quotients, divisor: isWhole ? divisor / size : 1 }),
      this.append({ lanes: rests, divisor: commonDivisor(divisor, size) }),
    ];
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
    return this.append(this.isSame(value) ? { lanes: same, divisor: 1 } : any);
  }

  /** Returns the number at this place of the vector of indices. */
  looked(value: ValueId): ValueId {
    this.add('looked', [value], []);
    return this.append(this.isSame(value) ? { lanes: same, divisor: 1 } : any);
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

  /** Returns the fewest fetches of four channels of a source. */
  fetchOf([n, y, x, c]: Source): Fetch {
    if (this.boundsLanes) return 'lanes';
    if (![n, y, x].every((id) => this.isSame(id))) return 'lanes';
    const { lanes, divisor } = this.value(c);
    if (lanes === null) return 'lanes';
    if (isEqual(lanes, counted)) return divisor % 4 === 0 ? 'texel' : 'run';
    return lanes.map((_, lane) =>
      lanes.findIndex((_, first) => areInOneTexel(lanes[first], lanes[lane], divisor)),
    );
  }

  /** Returns the fewest fetches that serve each of two sources alike. */
  fetchOfBoth(...sources: readonly [Source, Source]): Fetch {
    const fetches = sources.map((source) => this.fetchOf(source));
    const isSimple = fetches.every((fetch) => fetch === 'texel' || fetch === 'run');
    return isSimple ? (fetches.includes('run') ? 'run' : 'texel') : 'lanes';
  }

  /** Returns the numbers to add to the channel of a source for that of each lane. */
  lanesOf([, , , c]: Source): readonly number[] {
    return this.value(c).lanes ?? same;
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

  private isSame(id: ValueId): boolean {
    const { lanes } = this.value(id);
    return lanes !== null && isEqual(lanes, same);
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
    if (this.isSame(value)) return this.append({ lanes: same, divisor: 1 });
    const { lanes, divisor } = this.value(value);
    // Else the axis may end between two channels of a slice, so that each is fetched by itself.
    const isSlice = lanes !== null && isEqual(lanes, counted) && divisor % 4 === 0;
    if (isSlice && size % 4 === 0) return this.append({ lanes, divisor: 4 });
    if (op === 'bounded') this.boundsLanes = true;
    return this.append(any);
  }
}

/** Returns first + the sum of value * step. */
function summed(first: number, terms: readonly (readonly [Value, number])[]): Value {
  let [all, divisor] = [same, first];
  for (const [{ lanes, divisor: own }, step] of terms) {
    if (lanes === null) return any;
    all = all.map((sum, lane) => sum + lanes[lane] * step);
    divisor = commonDivisor(divisor, own * step);
  }
  return { lanes: all, divisor };
}

/** Returns the quotients of the lanes of a value by a size, less that of the first; null if they vary. */
function quotientsOf(
  lanes: readonly number[],
  divisor: number,
  size: number,
): readonly number[] | null {
  const step = commonDivisor(divisor, size);
  const quotients = (rest: number) => lanes.map((lane) => Math.floor((rest + lane) / size));
  const least = quotients(0);
  // They grow with the rest of the first lane.
  return isEqual(least, quotients(size - step)) ? least : null;
}

/** True if two lanes of a channel whose first lane is a multiple of `divisor` are always in one texel. */
function areInOneTexel(a: number, b: number, divisor: number): boolean {
  const step = commonDivisor(divisor, 4);
  for (let rest = 0; rest < 4; rest += step) {
    if (Math.floor((rest + a) / 4) !== Math.floor((rest + b) / 4)) return false;
  }
  return true;
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value === b[i]);
}

/** Returns the greatest common divisor; 0 is divided by every number. */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : commonDivisor(b, a % b);
}
