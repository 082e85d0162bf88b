import { tooManyValues } from '../mostValues.js';
import type { KernelCase } from './kernelCase.js';
import { rowOfCase } from './kernelTable.js';
import { sizeOf } from './shapes.js';

/** Returns the reason why a case of the table is meaningless for every backend, or null. */
export function kernelContradiction(c: KernelCase): string | null {
  const row = rowOfCase(c);
  const own = row.contradiction?.(c) ?? null;
  if (own !== null) return own;
  // A convolution adds up from 0, and 0 + -0 is 0.
  if (c.from === 'conv' && c.data === 'zero') return 'from=conv does not keep the -0 of data=zero';
  if (c.type !== undefined && c.data !== undefined && c.data !== 'int') {
    return `type=${c.type} has no data=${c.data}`;
  }
  const operands = row.operands(c);
  if (c.from !== undefined && operands.some(({ shape }) => sizeOf(shape) === 0)) {
    return `from=${c.from} needs tensors with values`;
  }
  return tooManyValues(Object.fromEntries(operands.map(({ name, shape }) => [name, shape])));
}
