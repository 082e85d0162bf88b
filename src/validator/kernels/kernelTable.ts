/** THE table of the kernels that the validator judges beside convolutions. */
import { binaryRows } from './binary.js';
import { chooseRows } from './choose.js';
import { einsumRows } from './einsum.js';
import { gradientRows } from './gradients.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelRow } from './kernelRow.js';
import { matMulRows } from './matMul.js';
import { moveRows } from './moves.js';
import { poolRows } from './pool.js';
import { reduceRows } from './reduce.js';
import { resizeRows } from './resize.js';
import { softmaxRows } from './softmax.js';
import { unaryRows } from './unary.js';

/** Rows by the name of tfjs's public op, or `fusedMatMul`. */
export const kernelTable: Readonly<Record<string, KernelRow>> = {
  ...poolRows,
  ...resizeRows,
  ...matMulRows,
  ...einsumRows,
  ...softmaxRows,
  ...reduceRows,
  ...moveRows,
  ...unaryRows,
  ...binaryRows,
  ...chooseRows,
  ...gradientRows,
};

/** Returns the row of a name, or undefined. */
export function rowOf(name: string): KernelRow | undefined {
  return Object.hasOwn(kernelTable, name) ? kernelTable[name] : undefined;
}

/**
 * Returns the row of a case.
 * @throws Error for a kernel that the table does not have
 */
export function rowOfCase({ kernel }: KernelCase): KernelRow {
  const row = rowOf(kernel);
  if (row === undefined) throw new Error(`The validator has no kernel "${kernel}".`);
  return row;
}
