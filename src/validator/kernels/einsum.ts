/** Sums of products over axes that are named by letters. */
import * as tf from '@tensorflow/tfjs-core';
import { type Bounded, sumBound } from '../tolerance.js';
import type { KernelCase } from './kernelCase.js';
import type { Defined, KernelInputs, KernelRow } from './kernelRow.js';
import { defined, indicesOf, reader, sizeOf } from './shapes.js';

interface Letters {
  readonly terms: readonly (readonly string[])[];
  readonly result: readonly string[];
  /** Letters that are summed over. */
  readonly summed: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
}

function lettersOf(c: KernelCase): Letters {
  const [operands, result] = c.equation!.split('->');
  const terms = operands.split(',').map((term) => [...term]);
  const shapes = [c.in, ...(c.b ? [c.b] : [])];
  const named = terms.flatMap((term, i) =>
    term.map((letter, axis): [string, number] => [letter, shapes[i]?.[axis] ?? 0]),
  );
  const sizes = new Map(named);
  const summed = [...sizes.keys()].filter((letter) => !result.includes(letter));
  return { terms, result: [...result], summed, sizes };
}

function define(c: KernelCase, { a, b }: KernelInputs): Defined {
  const { terms, result, summed, sizes } = lettersOf(c);
  const readers = (b === undefined ? [a] : [a, b]).map(reader);
  const shapeOf = (letters: readonly string[]) =>
    letters.map((letter) => sizes.get(letter) as number);
  const taken = indicesOf(shapeOf(summed));
  const letters = [...result, ...summed];
  return defined(shapeOf(result), (index): Bounded => {
    let value = 0;
    let magnitude = 0;
    for (const inner of taken) {
      const places = [...index, ...inner];
      const at = (letter: string) => places[letters.indexOf(letter)];
      const product = readers.reduce((all, read, i) => all * read(terms[i].map(at)), 1);
      value += product;
      magnitude += Math.abs(product);
    }
    const isExact = c.data === 'int' || !Number.isFinite(value);
    return { value, bound: isExact ? 0 : sumBound(sizeOf(shapeOf(summed)), magnitude) };
  });
}

function contradiction(c: KernelCase): string | null {
  const { terms, result, sizes } = lettersOf(c);
  const shapes = [c.in, ...(c.b ? [c.b] : [])];
  if (terms.length !== shapes.length)
    return `eq has ${terms.length} terms for ${shapes.length} tensors`;
  for (const [i, term] of terms.entries()) {
    if (new Set(term).size !== term.length) return `${term.join('')} has a letter twice`;
    const isRight = term.length === shapes[i].length;
    if (!isRight || term.some((letter, axis) => sizes.get(letter) !== shapes[i][axis])) {
      return `${term.join('')} does not fit ${shapes[i].join('x')}`;
    }
  }
  const unknown = result.find((letter) => !sizes.has(letter));
  return unknown === undefined ? null : `${unknown} is in no term`;
}

export const einsumRows: Record<'einsum', KernelRow> = {
  einsum: {
    family: 'matMul',
    kernel: tf.Einsum,
    required: ['equation'],
    optional: ['b'],
    operands: (c) => [
      { name: 'a', shape: c.in },
      ...(c.b ? [{ name: 'b', shape: c.b, takes: 'int' as const }] : []),
    ],
    run: (c, { a, b }) => tf.einsum(c.equation!, ...(b === undefined ? [a] : [a, b])),
    define,
    contradiction,
  },
};
