/**
 * Interpreter of GLSL in Node, for the subset of GLSL ES 3.00 in which the programs of
 * kernels/webgl are written. It compiles the text into closures. It checks types as strictly as a
 * driver does, and computes floats as float32. What GLSL leaves undefined (reading a variable that
 * was not set, an index out of range, a remainder of a negative number) is an error.
 */
import type { CallFrame, Expression } from './glslExpressions.js';
import {
  arraySuffix,
  FunctionReader,
  type GlslFunction,
  type Surroundings,
  typeAndName,
  unset,
} from './glslFunctions.js';
import { Cursor } from './glslTokens.js';
import { numeric, type Operation, type Value } from './glslValues.js';

/** Returns the texel of a sampler. */
export type Fetch = (sampler: string, x: number, y: number, layer?: number) => readonly number[];

const unbound: Fetch = (sampler) => {
  throw new Error(`glsl: nothing is bound to ${sampler}`);
};

type Storage = 'uniform' | 'out' | 'built-in';

export interface Global {
  readonly type: string;
  readonly storage: Storage;
  value: Value | undefined;
}

/** True if a type is a sampler. */
export function isSampler(type: string): boolean {
  return type === 'sampler2D' || type === 'sampler2DArray';
}

export class Shader implements Surroundings {
  /** Reads a texel for texelFetch(). */
  fetch: Fetch = unbound;
  /** Reads a texel for texture(), at coordinates from 0 to 1. */
  sample: Fetch = unbound;
  readonly globals = new Map<string, Global>();
  readonly structs = new Map<string, ReadonlyMap<string, string>>();
  private readonly functions = new Map<string, GlslFunction>();

  /**
   * Parses a text.
   * @throws Error with the line, if the text is not in the subset
   */
  constructor(text: string) {
    const at = new Cursor(text);
    this.globals.set('gl_FragCoord', { type: 'vec4', storage: 'built-in', value: undefined });
    while (at.token.kind !== 'end') this.external(at);
  }

  /** Calls a function of the text. */
  run(name: string, ...args: Value[]): Value {
    const called = this.functions.get(name);
    if (called === undefined) throw new Error(`glsl: there is no function ${name}`);
    return called.run(args);
  }

  variable(name: string): Expression | undefined {
    const global = this.globals.get(name);
    if (global === undefined) return undefined;
    const { type, storage } = global;
    const get = () => global.value ?? unset(name);
    if (storage !== 'out') return { type, get };
    const set = (_frame: CallFrame, value: Value) => {
      global.value = value;
    };
    return { type, get, set };
  }

  call(name: string, types: readonly string[]): Operation | undefined {
    if (name === 'texelFetch' && types.join() === 'sampler2D,ivec2,int') {
      const apply = (sampler: Value, texel: Value) => {
        const [x, y] = texel as readonly number[];
        return this.fetch(sampler as string, x, y);
      };
      return { type: 'vec4', apply };
    }
    if (name === 'texture' && types.join() === 'sampler2D,vec2') {
      const apply = (sampler: Value, place: Value) => {
        const [u, v] = place as readonly number[];
        return this.sample(sampler as string, u, v);
      };
      return { type: 'vec4', apply };
    }
    if (name === 'texture' && types.join() === 'sampler2DArray,vec3') {
      const apply = (sampler: Value, place: Value) => {
        const [u, v, layer] = place as readonly number[];
        return this.sample(sampler as string, u, v, Math.floor(layer + 0.5));
      };
      return { type: 'vec4', apply };
    }
    const found = this.functions.get(name);
    if (found?.parameters.join() !== types.join()) return undefined;
    const { type, run } = found;
    return { type, apply: (...args) => run(args) };
  }

  field(struct: string, name: string): string | undefined {
    return this.structs.get(struct)?.get(name);
  }

  isType(name: string): boolean {
    const other = isSampler(name) || name === 'void';
    return other || numeric(name) !== undefined || this.structs.has(name);
  }

  private external(at: Cursor): void {
    if (at.skip('precision')) {
      while (!at.skip(';')) at.next();
    } else if (at.skip('struct')) {
      this.struct(at);
    } else if (at.skip('uniform')) {
      this.global(at, 'uniform');
    } else if (at.skip('layout')) {
      at.expect('(');
      while (!at.skip(')')) at.next();
      if (at.skip('uniform')) this.block(at);
      else {
        at.expect('out');
        this.global(at, 'out');
      }
    } else {
      const read = new FunctionReader(at, this).read();
      if (this.functions.has(read.name)) at.fail(`${read.name} is defined twice`);
      this.functions.set(read.name, read);
    }
  }

  /** Reads a uniform block without a name of its own, whose members are globals. */
  private block(at: Cursor): void {
    at.name();
    at.expect('{');
    while (!at.skip('}')) this.global(at, 'uniform');
    at.expect(';');
  }

  private struct(at: Cursor): void {
    const name = at.name();
    const fields = new Map<string, string>();
    at.expect('{');
    while (!at.skip('}')) {
      const [type, field] = typeAndName(at, this);
      fields.set(field, type + arraySuffix(at));
      at.expect(';');
    }
    at.expect(';');
    this.structs.set(name, fields);
  }

  private global(at: Cursor, storage: Storage): void {
    const [single, name] = typeAndName(at, this);
    const type = single + arraySuffix(at);
    at.expect(';');
    if (this.globals.has(name)) at.fail(`${name} is declared twice`);
    this.globals.set(name, { type, storage, value: isSampler(type) ? name : undefined });
  }
}
