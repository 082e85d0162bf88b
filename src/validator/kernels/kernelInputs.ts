import { between, type Draw, specialDraws, whole } from '../draws.js';
import type { Numbers } from '../numbers.js';
import { fractions, stream } from '../random.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelInputs, Operand } from './kernelRow.js';
import { rowOfCase } from './kernelTable.js';
import { sizeOf } from './shapes.js';

/** Largest magnitude of `wide` data. */
const WIDE = 100;

const booleans: Draw = (next, count) => fractions(next, count).map((value) => (value < 0 ? 0 : 1));

function drawOf({ data }: KernelCase, operand: Operand): Draw {
  const { draw, whole: drawWhole = whole, dtype, takes } = operand;
  if (dtype === 'bool') return booleans;
  if (takes === 'none') return draw ?? fractions;
  if (data === 'int' || dtype === 'int32') return drawWhole;
  if (data === undefined || takes === 'int') return draw ?? fractions;
  return data === 'wide' ? between(-WIDE, WIDE) : specialDraws[data](draw);
}

/** Makes the inputs of a case, by name and in order, which depend on nothing but the case. */
export function kernelInputs(c: KernelCase): KernelInputs {
  const numbers = (operand: Operand): Numbers => {
    const { name, shape, dtype } = operand;
    const values = drawOf(c, operand)(stream(c.seed, name), sizeOf(shape));
    return dtype === undefined ? { values, shape } : { values, shape, dtype };
  };
  const operands = rowOfCase(c).operands(c);
  return Object.fromEntries(operands.map((operand) => [operand.name, numbers(operand)]));
}
