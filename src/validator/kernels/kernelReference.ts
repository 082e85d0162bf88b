import type { Reference } from '../compare.js';
import { TINY } from '../tolerance.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelInputs } from './kernelRow.js';
import { rowOfCase } from './kernelTable.js';

/** Least number that float32 rounds to Infinity: half a unit above its largest one. */
const OVERFLOW = 2 ** 128 - 2 ** 103;

/**
 * Computes the float64 result of a case, and what float32 makes of it: Infinity of a number that is
 * too large, and 0, on some devices, of one below 2^-126. Any value is right where there is no
 * bound, or where the bound reaches over the edge of float32.
 */
export function kernelReference(c: KernelCase, inputs: KernelInputs): Reference {
  const { shape, dtype = 'float32', elements } = rowOfCase(c).define(c, inputs);
  const values = new Float64Array(elements.length);
  const bounds = new Float64Array(elements.length);
  const isFree = new Uint8Array(elements.length);
  for (const [i, { value, bound }] of elements.entries()) {
    values[i] = value;
    if (!Number.isFinite(value)) continue;
    const size = Math.abs(value);
    if (size - bound >= OVERFLOW) values[i] = Math.sign(value) * Number.POSITIVE_INFINITY;
    else if (!(size + bound < OVERFLOW)) isFree[i] = 1;
    else bounds[i] = size < TINY ? bound + size : bound;
  }
  return { shape, dtype, values, bounds, isFree };
}
