/** Tokens of GLSL text, and a cursor in them. Comments and `#` lines are skipped. */
export interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end';
  readonly text: string;
  readonly line: number;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<skip>\s+|//.*|/\*[^]*?\*/|#.*)`,
    String.raw`(?<number>0x[\da-fA-F]+u?|\d*\.\d+(?:e[-+]?\d+)?|\d+(?:\.(?:e[-+]?\d+)?|e[-+]?\d+|u)?)`,
    String.raw`(?<name>[A-Za-z_]\w*)`,
    String.raw`(?<symbol><<|>>|\+\+|--|&&|\|\||[-+*/%<>=!]=|[-+*/%<>=!~?:;,.(){}[\]&|^])`,
  ].join('|'),
  'y',
);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let start = 0;
  while (start < text.length) {
    TOKEN.lastIndex = start;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      throw new Error(`glsl line ${line}: no token starts at "${text.slice(start, start + 10)}"`);
    }
    for (const kind of ['number', 'name', 'symbol'] as const) {
      if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind], line });
    }
    line += groups.skip?.match(/\n/g)?.length ?? 0;
    start = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: 'end of text', line });
  return tokens;
}

export class Cursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  get token(): Token {
    return this.tokens[this.at];
  }

  get following(): Token {
    return this.tokens[this.at + 1] ?? this.token;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Skips this text if it is next. */
  skip(text: string): boolean {
    if (this.token.text !== text) return false;
    this.at++;
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) this.fail(`${this.token.text} stands where ${text} should`);
  }

  name(): string {
    const { kind, text } = this.next();
    if (kind !== 'name') this.fail(`${text} stands where a name should`);
    return text;
  }

  /** Reads the items between the brackets, separated by commas. */
  list<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = [];
    this.expect(open);
    if (this.skip(close)) return items;
    do items.push(item());
    while (this.skip(','));
    this.expect(close);
    return items;
  }

  fail(message: string): never {
    throw new Error(`glsl line ${this.token.line}: ${message}`);
  }
}
