/** Axes of the heat map: properties of a case, read from its id. */
import type { CaseResult } from '../../../src/validator/index.js';

/** Returns an id's fields, such as `in=1x7x9x3`, by name. */
export function fieldsOf(id: string): Record<string, string> {
  const parts = id.slice(id.indexOf(':') + 1).split(';');
  return Object.fromEntries(parts.map((part) => part.split('=') as [string, string]));
}

type Fields = Record<string, string>;
type Axis = (fields: Fields, result: CaseResult) => string | undefined;

/** Returns an axis of a slice of the sizes in a field such as 3x3x8x16. */
const sizes =
  (field: string, from: number, to: number): Axis =>
  (fields) =>
    fields[field]?.split('x').slice(from, to).join('x');

const field =
  (name: string): Axis =>
  (fields) =>
    fields[name];

export const axes = {
  filter: sizes('f', 0, 2),
  padding: field('pad'),
  stride: field('stride'),
  dilation: field('dil'),
  'channels in': sizes('f', 2, 3),
  'channels out': sizes('f', 3, 4),
  'input size': sizes('in', 1, 3),
  height: sizes('in', 1, 2),
  width: sizes('in', 2, 3),
  batch: sizes('in', 0, 1),
  format: field('fmt'),
  rounding: field('round'),
  activation: field('act'),
  bias: field('bias'),
  data: field('data'),
  seed: field('seed'),
  kernel: (_, { id }) => id.slice(0, id.indexOf(':')),
  shape: field('in'),
  'second shape': field('b'),
  axes: (fields) => fields.axes ?? fields.axis ?? fields.perm,
  'output size': field('size'),
  source: field('from'),
  family: (_, { family }) => family,
  variant: (_, { variant }) => variant ?? 'own choice',
} satisfies Record<string, Axis>;

export type AxisName = keyof typeof axes;

export const axisNames = Object.keys(axes) as AxisName[];

/** Axes of a heat map, of rows down and of columns across. */
export interface AxisPair {
  down: AxisName;
  across: AxisName;
}

/** Returns the axes that tell most of some cases: those of convolutions if there are any. */
export function usualAxes(cases: readonly CaseResult[]): AxisPair {
  const isConvolution = cases.some(({ id }) => 'fmt' in fieldsOf(id));
  return isConvolution ? { down: 'filter', across: 'padding' } : { down: 'kernel', across: 'data' };
}

/** Returns a case's value on an axis; 'none' if its id has no such field. */
export function valueOn(axis: AxisName, result: CaseResult): string {
  return axes[axis](fieldsOf(result.id), result) ?? 'none';
}

const { compare } = new Intl.Collator('en', { numeric: true });

/** Returns the values in numeric order, with 'none' first. */
export function inOrder(values: Iterable<string>): string[] {
  const rank = (value: string) => (value === 'none' ? 0 : 1);
  return [...values].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}
