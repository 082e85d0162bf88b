/** Codecs that write the values of a case's fields in its id, and read them back. */

/** Padding of a case; explicit sides are top, bottom, left, right. */
export type Padding = 'same' | 'valid' | number | readonly [number, number, number, number];

/** Writes a value as text; `read` returns undefined for a text that is not a value. */
export interface Codec<T> {
  readonly expected: string;
  write(value: T): string;
  read(text: string): T | undefined;
}

const WHOLE = /^\d+$/;

/**
 * Reads a whole number. A number with too many digits to be exact is rejected, because it would be
 * written as a different number.
 */
function whole(text: string): number | undefined {
  const number = Number(text);
  return WHOLE.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

function wholes(text: string, separator: string): number[] | undefined {
  const numbers = text.split(separator).map(whole);
  return numbers.some((number) => number === undefined) ? undefined : (numbers as number[]);
}

export function oneOf<T extends string>(...names: readonly T[]): Codec<T> {
  return {
    expected: names.join(' or '),
    write: (value) => value,
    read: (text) => names.find((name) => name === text),
  };
}

export const natural: Codec<number> = { expected: 'a whole number', write: String, read: whole };

export const decimal: Codec<number> = {
  expected: 'a number such as 0.25',
  write: String,
  read: (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
};

export const sizes: Codec<readonly [number, number, number, number]> = {
  expected: 'four sizes such as 1x7x9x3',
  write: (value) => value.join('x'),
  read: (text) => {
    const [a, b, c, d, ...more] = wholes(text, 'x') ?? [];
    return d == null || more.length > 0 ? undefined : [a, b, c, d];
  },
};

export const downAcross: Codec<readonly [number, number]> = {
  expected: 'a size such as 2, or down and across such as 3x2',
  write: ([down, across]) => (down === across ? `${down}` : `${down}x${across}`),
  read: (text) => {
    const [down, across = down, ...more] = wholes(text, 'x') ?? [];
    return down == null || more.length > 0 ? undefined : [down, across];
  },
};

export const padding: Codec<Padding> = {
  expected: 'same, valid, a number, or top,bottom,left,right such as 1,2,0,3',
  write: String,
  read: (text) => {
    if (text === 'same' || text === 'valid') return text;
    const [top, bottom, left, right, ...more] = wholes(text, ',') ?? [];
    if (bottom == null) return top;
    return right == null || more.length > 0 ? undefined : [top, bottom, left, right];
  },
};

export const operand: Codec<readonly number[]> = {
  expected: 'scalar, or a shape such as 8 or 1x1x8',
  write: (shape) => (shape.length === 0 ? 'scalar' : shape.join('x')),
  read: (text) => (text === 'scalar' ? [] : wholes(text, 'x')),
};

export const naturals: Codec<readonly number[]> = {
  expected: 'whole numbers such as 0,2',
  write: String,
  read: (text) => wholes(text, ','),
};

export const decimals: Codec<readonly number[]> = {
  expected: 'numbers such as -0.5,2',
  write: String,
  read: (text) => {
    const numbers = text.split(',').map(decimal.read);
    return numbers.some((number) => number === undefined) ? undefined : (numbers as number[]);
  },
};

export const equation: Codec<string> = {
  expected: 'letters of axes such as ab,bc->ac',
  write: String,
  read: (text) => (/^[a-z]*(,[a-z]*)?->[a-z]*$/.test(text) ? text : undefined),
};

/** A property that is true where its field is present. */
export const yes: Codec<true> = {
  expected: 'yes',
  write: () => 'yes',
  read: (text) => (text === 'yes' ? true : undefined),
};
