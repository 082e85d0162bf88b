/** Types, operators and built-in functions of the GLSL that glsl.ts runs. */

/** A bool is 0 or 1, a sampler is its name. Vectors and structs are never changed in place. */
export type Value = number | readonly number[] | Struct | string;
export interface Struct {
  readonly [field: string]: Value;
}

type Base = 'float' | 'int' | 'uint' | 'bool';
type Scalar = (...args: number[]) => number;

/** Result type and function of an operator or a function for operands of known types. */
export interface Operation {
  readonly type: string;
  readonly apply: (...args: Value[]) => Value;
}

const vectors = { float: 'vec', int: 'ivec', uint: 'uvec', bool: 'bvec' } as const;
const numerics = new Map<string, { base: Base; size: number }>();
for (const base of Object.keys(vectors) as Base[]) {
  for (const size of [1, 2, 3, 4]) numerics.set(typeName(base, size), { base, size });
}

export function typeName(base: Base, size: number): string {
  return size === 1 ? base : `${vectors[base]}${size}`;
}

/** `ivec3` has 3 numbers of base int; undefined for void, samplers and structs. */
export function numeric(type: string): { base: Base; size: number } | undefined {
  return numerics.get(type);
}

const float32 = Math.fround;

/** What GLSL leaves undefined is an error here. */
function whole(kind: 'divide' | 'remainder', a: number, b: number): number {
  if (b === 0) throw new Error(`glsl: integer ${kind} of ${a} by 0 is undefined`);
  if (kind === 'remainder' && (a < 0 || b < 0)) {
    throw new Error(`glsl: ${a} % ${b} is undefined, as an operand is negative`);
  }
  return kind === 'divide' ? Math.trunc(a / b) : a % b;
}

const arithmetic: Record<Base, Readonly<Record<string, Scalar>>> = {
  float: {
    '+': (a, b) => float32(a + b),
    '-': (a, b) => float32(a - b),
    '*': (a, b) => float32(a * b),
    '/': (a, b) => float32(a / b),
  },
  int: {
    '+': (a, b) => (a + b) | 0,
    '-': (a, b) => (a - b) | 0,
    '*': Math.imul,
    '/': (a, b) => whole('divide', a, b),
    '%': (a, b) => whole('remainder', a, b),
    '<<': (a, b) => a << b,
    '>>': (a, b) => a >> b,
    '&': (a, b) => a & b,
    '|': (a, b) => a | b,
    '^': (a, b) => a ^ b,
  },
  uint: {
    '&': (a, b) => (a & b) >>> 0,
    '|': (a, b) => (a | b) >>> 0,
    '^': (a, b) => (a ^ b) >>> 0,
  },
  bool: {},
};

const comparisons: Readonly<Record<string, Scalar>> = {
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
};

/** Applies f to numbers, and to the components of vectors; a number meets every component. */
function componentwise(f: Scalar): (a: Value, b: Value) => Value {
  return (a, b) => {
    if (typeof a === 'number') {
      if (typeof b !== 'object') return f(a, b as number);
      return (b as readonly number[]).map((v) => f(a, v));
    }
    if (typeof b !== 'object') return (a as readonly number[]).map((v) => f(v, b as number));
    return (a as readonly number[]).map((v, i) => f(v, (b as readonly number[])[i]));
  };
}

/** Undefined where GLSL has no such operator: it converts no operand by itself. */
export function binary(operator: string, left: string, right: string): Operation | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a === undefined || b === undefined || a.base !== b.base) return undefined;
  if (operator in comparisons) {
    if (a.size !== 1 || b.size !== 1) return undefined;
    return { type: 'bool', apply: componentwise(comparisons[operator]) };
  }
  const f = arithmetic[a.base][operator];
  if (f === undefined || (a.size !== b.size && a.size !== 1 && b.size !== 1)) return undefined;
  return { type: typeName(a.base, Math.max(a.size, b.size)), apply: componentwise(f) };
}

const conversions: Record<Base, (v: number) => number> = {
  float: float32,
  int: (v) => Math.trunc(v) | 0,
  uint: (v) => Math.trunc(v) >>> 0,
  bool: (v) => Number(v !== 0),
};

/** Constructors: `ivec2(v)` repeats a number, `vec4(v2, x, y)` takes components in order. */
function construction(name: string, types: readonly string[]): Operation | undefined {
  const to = numeric(name);
  const sizes = types.map((type) => numeric(type)?.size ?? Number.NaN);
  const given = sizes.reduce((a, b) => a + b, 0);
  if (to === undefined) return undefined;
  const convert = conversions[to.base];
  const repeats = sizes.length === 1 && given === 1;
  const cuts = sizes.length === 1 && given > to.size;
  if (!repeats && !cuts && given !== to.size) return undefined;
  const apply = (...args: Value[]): Value => {
    const parts = (args.flat() as number[]).map(convert);
    if (to.size === 1) return parts[0];
    return repeats ? new Array<number>(to.size).fill(parts[0]) : parts.slice(0, to.size);
  };
  return { type: name, apply };
}

const ofOne: Readonly<Record<string, Scalar>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: (v) => float32(Math.exp(v)),
  sign: Math.sign,
  inversesqrt: (v) => float32(1 / Math.sqrt(v)),
};

/** A NaN operand leaves open which one comes out; the other one is the worst case. */
const ofTwo: Readonly<Record<string, Scalar>> = {
  min: (a, b) => (Number.isNaN(a) || a > b ? b : a),
  max: (a, b) => (Number.isNaN(a) || a < b ? b : a),
};

const ofVectors: Readonly<Record<string, Scalar>> = {
  lessThan: comparisons['<'],
  lessThanEqual: comparisons['<='],
  greaterThan: comparisons['>'],
  greaterThanEqual: comparisons['>='],
  equal: comparisons['=='],
  notEqual: comparisons['!='],
};

function floatBits(v: number): number {
  return new Uint32Array(Float32Array.of(v).buffer)[0];
}

function floatOfBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

/** A constructor or built-in function; undefined where GLSL (or this subset) has none. */
export function builtIn(name: string, types: readonly string[]): Operation | undefined {
  const [a, b, c] = types.map(numeric);
  if (numeric(name) !== undefined) return construction(name, types);
  if (types.length === 1 && a?.base === 'float') {
    const each = (f: Scalar) => (v: Value) => componentwise(f)(v, 0);
    if (name in ofOne) return { type: types[0], apply: each(ofOne[name]) };
    if (name === 'floatBitsToUint')
      return { type: typeName('uint', a.size), apply: each(floatBits) };
  }
  if (name === 'uintBitsToFloat' && types.length === 1 && a?.base === 'uint') {
    return { type: typeName('float', a.size), apply: (v) => componentwise(floatOfBits)(v, 0) };
  }
  if (types.length === 2 && a !== undefined && a.base === b?.base && a.base !== 'bool') {
    const sameSize = a.size === b.size;
    if (name in ofTwo && (sameSize || b.size === 1)) {
      return { type: types[0], apply: componentwise(ofTwo[name]) };
    }
    if (name in ofVectors && sameSize && a.size > 1) {
      return { type: typeName('bool', a.size), apply: componentwise(ofVectors[name]) };
    }
  }
  if (name === 'all' && types.length === 1 && a?.base === 'bool' && a.size > 1) {
    return { type: 'bool', apply: (v) => Number((v as readonly number[]).every((b) => b !== 0)) };
  }
  if (name === 'mix' && types[0] === types[1] && c?.base === 'bool' && c.size === a?.size) {
    return { type: types[0], apply: select };
  }
  return undefined;
}

/** mix() with bools chooses; it does not calculate with what it leaves. */
function select(...args: Value[]): Value {
  const [no, yes, which] = args as (readonly number[])[];
  return which.map((takesYes, i) => (takesYes ? yes : no)[i]);
}
