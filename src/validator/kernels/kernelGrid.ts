import { elementwise } from './elementwiseRows.js';
import { gradientCases } from './gradientCases.js';
import type { KernelCase } from './kernelCase.js';
import { shaped } from './shapedRows.js';

/** Returns the case without properties that are undefined, as its id says it. */
function compact(c: KernelCase): KernelCase {
  return Object.fromEntries(
    Object.entries(c).filter(([, value]) => value !== undefined),
  ) as unknown as KernelCase;
}

/**
 * Returns the grid of the kernels that are no convolutions, without duplicate cases: each kernel on
 * small and odd shapes, on inputs from the CPU and from a convolution, and on special values. It
 * crosses only what interacts.
 */
export function kernelGrid(): KernelCase[] {
  const cases = new Map<string, KernelCase>();
  for (const rows of Object.values({ ...shaped, ...elementwise, ...gradientCases })) {
    for (const row of rows()) {
      const c = compact({ ...row, seed: 1 });
      cases.set(JSON.stringify(c, Object.keys(c).sort()), c);
    }
  }
  return [...cases.values()];
}
