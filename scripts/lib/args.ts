/** Command-line options, from a table that also produces the help text. */
import { parseArgs } from 'node:util';
import { UsageError } from './errors.js';

export interface Option {
  help: string;
  /** Placeholder of the value in the help, for instance 'FILE'; a switch has none. */
  value?: string;
  /** The only values allowed. */
  choices?: readonly string[];
  /** The value when the option is not given. */
  fallback?: string;
}

type Values<T> = {
  [K in keyof T]: T[K] extends { fallback: string } ? string : string | undefined;
};

const statuses =
  'Status: 0 all is well, 1 something is wrong, 2 wrong command line, 3 could not run, 130 Ctrl-C';

function helpText(usage: string, options: Record<string, Option>): string {
  const rows = Object.entries(options).map(([name, { help, value, choices, fallback }]) => {
    const values = choices === undefined ? '' : `: ${choices.join(', ')}`;
    const unless = fallback === undefined ? '' : ` (default ${fallback})`;
    return [`  --${name} ${value ?? ''}`.trimEnd(), `${help}${values}${unless}`];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [`Usage: ${usage}`, '', ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)]
    .concat(`${'  --help'.padEnd(width)}  this text`, '', statuses)
    .join('\n');
}

/**
 * Reads `--name value` and `--name=value`.
 * @param usage the command's call, shown in the first line of its help
 * @returns the values by option name, 'true' for a given switch; null if --help was given and has
 *   been printed
 * @throws UsageError for an unknown option, a missing value or a value that is not among the
 *   choices
 */
export function readOptions<const T extends Record<string, Option>>(
  usage: string,
  options: T,
  argv: string[],
): Values<T> | null {
  const { tokens } = parseArgs({
    args: argv,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string' },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const known = Object.keys(options).map((name) => `--${name}`);
  const values: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(options).map(([name, { fallback }]) => [name, fallback]),
  );
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new UsageError(`argument "${token.value}" is unknown; options: ${known.join(', ')}`);
    }
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      console.log(helpText(usage, options));
      return null;
    }
    const option: Option | undefined = Object.hasOwn(options, token.name)
      ? options[token.name]
      : undefined;
    if (option === undefined) {
      throw new UsageError(`option ${token.rawName} is unknown; options: ${known.join(', ')}`);
    }
    if (option.value === undefined) {
      if (token.value !== undefined) throw new UsageError(`--${token.name} takes no value`);
      values[token.name] = 'true';
      continue;
    }
    if (token.value === undefined || token.value === '') {
      throw new UsageError(`--${token.name} needs a value: ${option.value}, ${option.help}`);
    }
    if (option.choices !== undefined && !option.choices.includes(token.value)) {
      throw new UsageError(
        `--${token.name} is "${token.value}"; it must be one of ${option.choices.join(', ')}`,
      );
    }
    values[token.name] = token.value;
  }
  return values as Values<T>;
}
