/** Reader of GLSL functions: their statements and variables, as closures. */
import {
  type CallFrame,
  type Expression,
  ExpressionReader,
  type Names,
} from './glslExpressions.js';
import type { Cursor } from './glslTokens.js';
import type { Operation, Value } from './glslValues.js';

export interface GlslFunction {
  readonly name: string;
  readonly type: string;
  readonly parameters: readonly string[];
  readonly run: (args: readonly Value[]) => Value;
}

/** Declarations that a function sees in the text before it. */
export interface Surroundings extends Names {
  isType(name: string): boolean;
}

type Flow = 'next' | 'break' | 'continue' | 'return';
type Statement = (frame: CallFrame) => Flow;

/** Result of a main() that discards its fragment. */
export const DISCARDED = 'discarded';

/** Slot in which a function leaves its return value. */
const RESULT = 0;

/** Reads `type name`, after an optional precision. */
export function typeAndName(at: Cursor, names: Surroundings): [type: string, name: string] {
  at.skip('highp');
  const type = at.name();
  if (!names.isType(type)) at.fail(`${type} is not a type`);
  return [type, at.name()];
}

/** Reads the size of an array after its name: `[8]`; an empty text for no array. */
export function arraySuffix(at: Cursor): string {
  if (!at.skip('[')) return '';
  const size = at.next().text;
  at.expect(']');
  return `[${size}]`;
}

export class FunctionReader implements Names {
  private readonly expressions: ExpressionReader;
  /** Variables by block, and the number of slots used so far. */
  private readonly scopes: Map<string, Expression>[] = [new Map()];
  private slots = RESULT + 1;
  private type = 'void';
  private name = '';

  constructor(
    private readonly at: Cursor,
    private readonly around: Surroundings,
  ) {
    this.expressions = new ExpressionReader(at, this);
  }

  read(): GlslFunction {
    const [type, name] = typeAndName(this.at, this.around);
    this.type = type;
    this.name = name;
    const list = this.at.list('(', ')', () => typeAndName(this.at, this.around));
    for (const [kind, parameter] of list) this.local(kind, parameter, false);
    const body = this.block();
    const size = this.slots;
    const run = (args: readonly Value[]): Value => {
      const frame: CallFrame = new Array(size);
      for (let i = 0; i < args.length; i++) frame[RESULT + 1 + i] = args[i];
      if (body(frame) !== 'return' && type !== 'void') {
        throw new Error(`glsl: ${name} ends without a result`);
      }
      return frame[RESULT] as Value;
    };
    return { name, type, parameters: list.map(([kind]) => kind), run };
  }

  variable(name: string): Expression | undefined {
    const scope = this.scopes.findLast((names) => names.has(name));
    return scope === undefined ? this.around.variable(name) : scope.get(name);
  }

  call(name: string, types: readonly string[]): Operation | undefined {
    return this.around.call(name, types);
  }

  field(struct: string, name: string): string | undefined {
    return this.around.field(struct, name);
  }

  /** Declares a variable and returns its slot. */
  private local(type: string, name: string, constant: boolean): number {
    const scope = this.scopes[this.scopes.length - 1];
    if (scope.has(name)) this.at.fail(`${name} is declared twice`);
    const slot = this.slots++;
    const get = (frame: CallFrame) => frame[slot] ?? unset(name);
    const set = (frame: CallFrame, value: Value) => {
      frame[slot] = value;
    };
    scope.set(name, constant ? { type, get } : { type, get, set });
    return slot;
  }

  private block(): Statement {
    const statements: Statement[] = [];
    this.at.expect('{');
    this.scopes.push(new Map());
    while (!this.at.skip('}')) statements.push(this.statement());
    this.scopes.pop();
    return sequence(statements);
  }

  private discard(): Statement {
    if (this.name !== 'main') this.at.fail('only main may discard');
    this.at.expect(';');
    return (frame) => {
      frame[RESULT] = DISCARDED;
      return 'return';
    };
  }

  private statement(): Statement {
    if (this.at.token.text === '{') return this.block();
    if (this.at.skip('if')) return this.branch();
    if (this.at.skip('for')) return this.loop();
    if (this.at.skip('switch')) return this.switch();
    if (this.at.skip('discard')) return this.discard();
    for (const jump of ['break', 'continue'] as const) {
      if (!this.at.skip(jump)) continue;
      this.at.expect(';');
      return () => jump;
    }
    return this.at.skip('return') ? this.result() : this.simple();
  }

  /** Reads a declaration or an expression, with its semicolon. */
  private simple(): Statement {
    const constant = this.at.skip('const');
    const declares = this.around.isType(this.at.token.text) && this.at.following.kind === 'name';
    const run =
      constant || declares ? this.declaration(constant) : this.expressions.assignment().get;
    this.at.expect(';');
    return (frame) => {
      run(frame);
      return 'next';
    };
  }

  private declaration(constant: boolean): (frame: CallFrame) => void {
    const [element, name] = typeAndName(this.at, this.around);
    const type = element + arraySuffix(this.at);
    const nothing = () => (type === element ? undefined : []);
    const value = this.at.skip('=') ? this.expressions.typed(type) : nothing;
    const slot = this.local(type, name, constant);
    return (frame) => {
      frame[slot] = value(frame);
    };
  }

  private result(): Statement {
    const value = this.type === 'void' ? () => undefined : this.expressions.typed(this.type);
    this.at.expect(';');
    return (frame) => {
      frame[RESULT] = value(frame);
      return 'return';
    };
  }

  private branch(): Statement {
    const [condition] = this.at.list('(', ')', () => this.expressions.typed('bool'));
    const yes = this.statement();
    const no = this.at.skip('else') ? this.statement() : sequence([]);
    return (frame) => (condition(frame) ? yes : no)(frame);
  }

  private loop(): Statement {
    this.scopes.push(new Map());
    this.at.expect('(');
    const first = this.simple();
    const goesOn = this.expressions.typed('bool');
    this.at.expect(';');
    const step = this.expressions.assignment().get;
    this.at.expect(')');
    const body = this.statement();
    this.scopes.pop();
    return (frame) => {
      for (first(frame); goesOn(frame); step(frame)) {
        const flow = body(frame);
        if (flow === 'break') break;
        if (flow === 'return') return flow;
      }
      return 'next';
    };
  }

  private switch(): Statement {
    const starts = new Map<Value, number>();
    const statements: Statement[] = [];
    const [chosen] = this.at.list('(', ')', () => this.expressions.typed('int'));
    this.at.expect('{');
    while (!this.at.skip('}')) {
      if (this.at.skip('case')) {
        starts.set(this.expressions.typed('int')([]), statements.length);
        this.at.expect(':');
      } else statements.push(this.statement());
    }
    const cases = new Map(
      [...starts].map(([value, at]) => [value, sequence(statements.slice(at))]),
    );
    return (frame) => {
      const flow = cases.get(chosen(frame))?.(frame) ?? 'next';
      return flow === 'break' ? 'next' : flow;
    };
  }
}

function sequence(statements: readonly Statement[]): Statement {
  return (frame) => {
    for (const statement of statements) {
      const flow = statement(frame);
      if (flow !== 'next') return flow;
    }
    return 'next';
  };
}

export function unset(name: string): never {
  throw new Error(`glsl: ${name} is read before it is set`);
}
