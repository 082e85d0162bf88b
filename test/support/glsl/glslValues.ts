/** Types, operators and built-in functions of the GLSL that glsl.ts runs. */

/** GLSL value: a bool is 0 or 1, a sampler is its name. Vectors and structs are never modified. */
export type Value = number | readonly number[] | Struct | string | readonly Value[];
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

/** Returns base type and size (`ivec3`: int and 3); undefined for void, samplers and structs. */
export function numeric(type: string): { base: Base; size: number } | undefined {
  return numerics.get(type);
}

const float32 = Math.fround;

/** Divides integers; throws where GLSL leaves the result undefined. */
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

/** Applies f to two numbers, or component by component; a single number meets every component. */
function componentwise(f: Scalar, a: number, b: number): (x: Value, y: Value) => Value {
  if (a === 1 && b === 1) return f as (x: Value, y: Value) => Value;
  if (b === 1) return (x, y) => mapped(x, (v) => f(v, y as number));
  if (a === 1) return (x, y) => mapped(y, (v) => f(x as number, v));
  return (x, y) => {
    const [left, right] = [x as readonly number[], y as readonly number[]];
    const result = new Array<number>(a);
    for (let i = 0; i < a; i++) result[i] = f(left[i], right[i]);
    return result;
  };
}

/** Applies f to a value of this size. */
function each(f: Scalar, size: number): (v: Value) => Value {
  return size === 1 ? (f as (v: Value) => Value) : (v) => mapped(v, f);
}

/** Applies f to every component. */
function mapped(vector: Value, f: (v: number) => number): Value {
  const components = vector as readonly number[];
  const result = new Array<number>(components.length);
  for (let i = 0; i < components.length; i++) result[i] = f(components[i]);
  return result;
}

/** Returns an operator; undefined where GLSL has none, because it converts no operand by itself. */
export function binary(operator: string, left: string, right: string): Operation | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a === undefined || b === undefined || a.base !== b.base) return undefined;
  if (operator in comparisons) {
    if (a.size !== 1 || b.size !== 1) return undefined;
    return { type: 'bool', apply: comparisons[operator] as Operation['apply'] };
  }
  const f = arithmetic[a.base][operator];
  if (f === undefined || (a.size !== b.size && a.size !== 1 && b.size !== 1)) return undefined;
  return {
    type: typeName(a.base, Math.max(a.size, b.size)),
    apply: componentwise(f, a.size, b.size),
  };
}

const conversions: Record<Base, (v: number) => number> = {
  float: float32,
  int: (v) => Math.trunc(v) | 0,
  uint: (v) => Math.trunc(v) >>> 0,
  bool: (v) => Number(v !== 0),
};

/** Returns a constructor: `ivec2(v)` repeats v, `vec4(v2, x, y)` uses components in order. */
function construction(name: string, types: readonly string[]): Operation | undefined {
  const to = numeric(name);
  const sizes = types.map((type) => numeric(type)?.size ?? Number.NaN);
  const given = sizes.reduce((a, b) => a + b, 0);
  if (to === undefined) return undefined;
  const convert = conversions[to.base];
  const repeats = sizes.length === 1 && given === 1;
  const cuts = sizes.length === 1 && given > to.size;
  if (!repeats && !cuts && given !== to.size) return undefined;
  if (to.size === 1) {
    const isVector = given > 1;
    const number = (v: Value) => convert(isVector ? (v as readonly number[])[0] : (v as number));
    return { type: name, apply: number };
  }
  if (repeats) {
    return {
      type: name,
      apply: (v) => new Array<number>(to.size).fill(convert(v as number)),
    };
  }
  const apply = (...args: Value[]): Value => {
    const parts = new Array<number>(to.size);
    let filled = 0;
    for (const part of args) {
      if (typeof part === 'number') parts[filled++] = convert(part);
      else {
        const components = part as readonly number[];
        for (let i = 0; i < components.length && filled < to.size; i++) {
          parts[filled++] = convert(components[i]);
        }
      }
    }
    return parts;
  };
  return { type: name, apply };
}

const ofOne: Readonly<Record<string, Scalar>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: (v) => float32(Math.exp(v)),
  sign: Math.sign,
  sqrt: (v) => float32(Math.sqrt(v)),
  trunc: Math.trunc,
  roundEven: (v) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v)),
  inversesqrt: (v) => float32(1 / Math.sqrt(v)),
};

/** Functions of two numbers. If one is NaN, GLSL may return either; the other is the worst case. */
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

const float = new Float32Array(1);
const bitsOfFloat = new Uint32Array(float.buffer);

function floatBits(v: number): number {
  float[0] = v;
  return bitsOfFloat[0];
}

function floatOfBits(bits: number): number {
  bitsOfFloat[0] = bits;
  return float[0];
}

/** Returns a constructor or built-in function; undefined where GLSL (or this subset) has none. */
export function builtIn(name: string, types: readonly string[]): Operation | undefined {
  const [a, b, c] = types.map(numeric);
  if (numeric(name) !== undefined) return construction(name, types);
  if (types.length === 1 && a?.base === 'float') {
    if (name in ofOne) return { type: types[0], apply: each(ofOne[name], a.size) };
    if (name === 'floatBitsToUint') {
      return { type: typeName('uint', a.size), apply: each(floatBits, a.size) };
    }
    if (name === 'floatBitsToInt') {
      return { type: typeName('int', a.size), apply: each((v) => floatBits(v) | 0, a.size) };
    }
  }
  const isBits =
    (name === 'uintBitsToFloat' && a?.base === 'uint') ||
    (name === 'intBitsToFloat' && a?.base === 'int');
  if (isBits && types.length === 1) {
    return { type: typeName('float', a.size), apply: each(floatOfBits, a.size) };
  }
  if (types.length === 2 && a !== undefined && a.base === b?.base && a.base !== 'bool') {
    const sameSize = a.size === b.size;
    if (name in ofTwo && (sameSize || b.size === 1)) {
      return { type: types[0], apply: componentwise(ofTwo[name], a.size, b.size) };
    }
    if (name in ofVectors && sameSize && a.size > 1) {
      return {
        type: typeName('bool', a.size),
        apply: componentwise(ofVectors[name], a.size, b.size),
      };
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

/** Selects by bools, as mix() does; components that are not selected enter no arithmetic. */
function select(...args: Value[]): Value {
  const [no, yes, which] = args as (readonly number[])[];
  return which.map((takesYes, i) => (takesYes ? yes : no)[i]);
}
