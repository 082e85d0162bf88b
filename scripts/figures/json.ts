/**
 * Readers of JSON values. A reader returns the value that it accepts, and refuses any other with a
 * message that names the field, its value and what would be right.
 */

/** @param at path of the value in its file, for instance `rows[3].ms`; empty for the whole file */
export type Reader<T> = (value: unknown, at: string) => T;

/** The type of the values that a reader accepts. */
export type Read<R> = R extends Reader<infer T> ? T : never;

/** A value that is not of the form that its reader accepts. */
export class Malformed extends Error {
  override name = 'Malformed';
}

function refuse(value: unknown, at: string, right: string): never {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  const shown = text.length > 60 ? `${text.slice(0, 60)} ...` : text;
  throw new Malformed(`${at === '' ? 'its content' : at} is ${shown}; it must be ${right}`);
}

export const number: Reader<number> = (value, at) =>
  typeof value === 'number' ? value : refuse(value, at, 'a number');

export const text: Reader<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(value, at, 'a string');

export const flag: Reader<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(value, at, 'true or false');

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, at) =>
    choices.find((choice) => choice === value) ?? refuse(value, at, `"${choices.join('" or "')}"`);
}

/** Accepts null as well, which stands for what is not known. */
export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : reader(value, at));
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((item, i) => reader(item, `${at}[${i}]`))
      : refuse(value, at, 'a list');
}

export const pair: Reader<[number, number]> = (value, at) =>
  Array.isArray(value) && value.length === 2
    ? [number(value[0], `${at}[0]`), number(value[1], `${at}[1]`)]
    : refuse(value, at, 'a list of two numbers');

function entries(value: unknown, at: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(value, at, 'an object');
  }
  return Object.entries(value);
}

const below = (at: string, name: string) => (at === '' ? name : `${at}.${name}`);

/** Accepts an object with any names, whose values are all of one form. */
export function record<T>(reader: Reader<T>): Reader<Record<string, T>> {
  return (value, at) =>
    Object.fromEntries(
      entries(value, at).map(([name, item]) => [name, reader(item, below(at, name))]),
    );
}

/** The fields of an object, each with the reader of its value. */
type Fields<T> = { [K in keyof T]: Reader<T[K]> };

/** Returns the part of an object that has these fields. */
export function pick<T extends object>(fields: Fields<T>, whole: NoInfer<T>): T {
  const names = Object.keys(fields) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, whole[name]])) as T;
}

/** Accepts an object with exactly these fields. */
export function object<T extends object>(fields: Fields<T>): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, at) => {
    const given = Object.fromEntries(entries(value, at));
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined) {
      const known = names.join(', ');
      throw new Malformed(`${below(at, unknown)} is unknown; the fields here are ${known}`);
    }
    const read = names.map((name) => [name, fields[name](given[name], below(at, name))]);
    return Object.fromEntries(read) as T;
  };
}

/** Formats numbers with four significant digits, which is more than a measurement is worth. */
const compact = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === 'number' ? +item.toPrecision(4) : item));

/**
 * Formats a value as JSON that is easy to review: one line for each field, and one for each object
 * in a list.
 */
export function jsonText(value: unknown, indent = ''): string {
  const isObject = (item: unknown) => typeof item === 'object' && item !== null;
  if (!isObject(value)) return compact(value);
  const inside = `${indent}  `;
  const within = (open: string, lines: readonly string[], close: string) =>
    lines.length === 0
      ? open + close
      : `${open}\n${lines.map((line) => inside + line).join(',\n')}\n${indent}${close}`;
  if (Array.isArray(value)) {
    return value.every(isObject) ? within('[', value.map(compact), ']') : compact(value);
  }
  const fields = Object.entries(value as object);
  return within(
    '{',
    fields.map(([name, item]) => `${JSON.stringify(name)}: ${jsonText(item, inside)}`),
    '}',
  );
}
