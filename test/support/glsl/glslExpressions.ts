/** Reader of GLSL expressions, by recursive descent into typed closures. */
import type { Cursor } from './glslTokens.js';
import { binary, builtIn, numeric, type Operation, type Struct, type Value } from './glslValues.js';

/** Variables of one call, by slot. */
export type CallFrame = (Value | undefined)[];

export interface Expression {
  readonly type: string;
  readonly get: (frame: CallFrame) => Value;
  /** Assigns a value; present only if the expression may stand left of `=`. */
  readonly set?: (frame: CallFrame, value: Value) => void;
}

/** Meanings of names at a place in the text. */
export interface Names {
  variable(name: string): Expression | undefined;
  /** Finds a function of the text, or the built-in texelFetch. */
  call(name: string, types: readonly string[]): Operation | undefined;
  field(struct: string, name: string): string | undefined;
}

const LEVELS = ['||', '&&', '|', '^', '&', '== !=', '< > <= >=', '<< >>', '+ -', '* / %'].map(
  (operators) => operators.split(' '),
);

export class ExpressionReader {
  constructor(
    private readonly at: Cursor,
    private readonly names: Names,
  ) {}

  /** Reads an expression that must have this type. */
  typed(type: string): Expression['get'] {
    const found = this.assignment();
    if (found.type !== type) this.at.fail(`a ${found.type} stands where a ${type} should`);
    return found.get;
  }

  assignment(): Expression {
    const target = this.conditional();
    const operator = this.at.token.text;
    if (!['=', '+=', '-=', '*=', '/='].includes(operator)) return target;
    this.at.next();
    const value = this.assignment();
    return this.store(target, operator === '=' ? value : this.two(operator[0], target, value));
  }

  private store({ type, set }: Expression, value: Expression): Expression {
    if (set === undefined) this.at.fail('what stands left of = cannot be written');
    if (type !== value.type) this.at.fail(`a ${value.type} is given to a ${type}`);
    return {
      type,
      get(frame) {
        const result = value.get(frame);
        set(frame, result);
        return result;
      },
    };
  }

  private conditional(): Expression {
    const condition = this.operators(0);
    if (!this.at.skip('?')) return condition;
    if (condition.type !== 'bool') this.at.fail(`a ${condition.type} stands before ?`);
    const yes = this.assignment();
    this.at.expect(':');
    const no = this.typed(yes.type);
    const { get } = condition;
    return { type: yes.type, get: (frame) => (get(frame) ? yes.get : no)(frame) };
  }

  private operators(level: number): Expression {
    if (level === LEVELS.length) return this.prefixed();
    let left = this.operators(level + 1);
    while (LEVELS[level].includes(this.at.token.text)) {
      const operator = this.at.next().text;
      left = this.two(operator, left, this.operators(level + 1));
    }
    return left;
  }

  private two(operator: string, left: Expression, right: Expression): Expression {
    const a = left.get;
    const b = right.get;
    if (operator === '&&' || operator === '||') {
      if (left.type !== 'bool' || right.type !== 'bool') this.noOperator(operator, left, right);
      const ends = operator === '||' ? 1 : 0;
      return { type: 'bool', get: (frame) => (a(frame) === ends ? ends : b(frame)) };
    }
    const operation =
      binary(operator, left.type, right.type) ?? this.noOperator(operator, left, right);
    const { type, apply } = operation;
    return { type, get: (frame) => apply(a(frame), b(frame)) };
  }

  private noOperator(operator: string, left: Expression, right: Expression): never {
    return this.at.fail(`there is no ${left.type} ${operator} ${right.type}`);
  }

  private prefixed(): Expression {
    if (this.at.skip('-')) {
      const operand = this.prefixed();
      const zero: Expression = { type: numeric(operand.type)?.base ?? '', get: () => -0 };
      return this.two('-', zero, operand);
    }
    if (this.at.skip('!')) {
      const { type, get } = this.prefixed();
      if (type !== 'bool') this.at.fail(`a ${type} stands after !`);
      return { type, get: (frame) => 1 - (get(frame) as number) };
    }
    if (this.at.skip('++')) {
      const target = this.prefixed();
      return this.store(target, this.two('+', target, { type: 'int', get: () => 1 }));
    }
    return this.postfixed();
  }

  private postfixed(): Expression {
    let found = this.primary();
    for (;;) {
      if (this.at.skip('.')) found = this.member(found, this.at.name());
      else if (this.at.skip('[')) found = this.element(found);
      else return found;
    }
  }

  private member(of: Expression, name: string): Expression {
    const field = this.names.field(of.type, name);
    if (field !== undefined) {
      return { type: field, get: (frame) => (of.get(frame) as Struct)[name] };
    }
    const vector = numeric(of.type);
    const letters = ['xyzw', 'rgba'].find((set) => [...name].every((c) => set.includes(c))) ?? '';
    const picks = [...name].map((letter) => letters.indexOf(letter));
    if (vector === undefined || vector.size === 1 || picks.some((i) => i < 0 || i >= vector.size)) {
      this.at.fail(`${of.type} has no .${name}`);
    }
    if (picks.length === 1) {
      const [pick] = picks;
      return component(of, vector.base, () => pick);
    }
    const type = `${vector.base === 'float' ? '' : vector.base[0]}vec${picks.length}`;
    return {
      type,
      get: (frame) => {
        const components = of.get(frame) as readonly number[];
        const result = new Array<number>(picks.length);
        for (let i = 0; i < picks.length; i++) result[i] = components[picks[i]];
        return result;
      },
    };
  }

  private element(of: Expression): Expression {
    const index = this.typed('int');
    this.at.expect(']');
    const array = /^(.*)\[(\d+)\]$/.exec(of.type);
    if (array !== null) {
      const { line: at } = this.at.token;
      const [, type, size] = array;
      const place = (frame: CallFrame) => {
        const i = index(frame) as number;
        if (i < 0 || i >= Number(size)) throw new Error(`glsl line ${at}: ${of.type}[${i}]`);
        return i;
      };
      const { set } = of;
      return {
        type,
        get: (frame) => {
          const i = place(frame);
          const all = of.get(frame) as readonly Value[];
          if (all[i] === undefined) throw new Error(`glsl line ${at}: element ${i} is not set`);
          return all[i];
        },
        ...(set && {
          set: (frame, value) => {
            const all = [...(of.get(frame) as readonly Value[])];
            all[place(frame)] = value;
            set(frame, all as Value);
          },
        }),
      };
    }
    const vector = numeric(of.type);
    if (vector === undefined || vector.size === 1) this.at.fail(`${of.type} has no elements`);
    const { line } = this.at.token;
    return component(of, vector.base, (frame) => {
      const i = index(frame) as number;
      if (i < 0 || i >= vector.size) throw new Error(`glsl line ${line}: ${of.type}[${i}]`);
      return i;
    });
  }

  private primary(): Expression {
    if (this.at.skip('(')) {
      const inner = this.assignment();
      this.at.expect(')');
      return inner;
    }
    const { kind, text } = this.at.next();
    if (kind === 'number') return literal(text);
    if (kind !== 'name') this.at.fail(`${text} stands where an expression should`);
    if (this.at.token.text === '(') return this.call(text);
    if (text === 'true' || text === 'false') {
      return { type: 'bool', get: () => Number(text === 'true') };
    }
    return this.names.variable(text) ?? this.at.fail(`${text} is not declared`);
  }

  private call(name: string): Expression {
    const args = this.at.list('(', ')', () => this.assignment());
    const types = args.map(({ type }) => type);
    const operation = this.names.call(name, types) ?? builtIn(name, types);
    if (operation === undefined) this.at.fail(`there is no ${name}(${types.join(', ')})`);
    const gets = args.map(({ get }) => get);
    const { type, apply } = operation;
    const [a, b] = gets;
    if (gets.length === 1) return { type, get: (frame) => apply(a(frame)) };
    if (gets.length === 2) return { type, get: (frame) => apply(a(frame), b(frame)) };
    return { type, get: (frame) => apply(...gets.map((get) => get(frame))) };
  }
}

function component(of: Expression, type: string, index: (frame: CallFrame) => number): Expression {
  const get = (frame: CallFrame) => (of.get(frame) as readonly number[])[index(frame)];
  const { set } = of;
  if (set === undefined) return { type, get };
  return {
    type,
    get,
    set: (frame, value) =>
      set(frame, (of.get(frame) as readonly number[]).with(index(frame), value as number)),
  };
}

function literal(text: string): Expression {
  const value = Number(text.replace(/u$/, ''));
  const isFloat = /[.e]/.test(text) && !text.startsWith('0x');
  if (isFloat) return { type: 'float', get: () => Math.fround(value) };
  return { type: text.endsWith('u') ? 'uint' : 'int', get: () => value };
}
