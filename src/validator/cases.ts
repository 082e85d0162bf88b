import { type ConvCase, kernelNames } from './convCase.js';
import type { KernelCase } from './kernels/kernelCase.js';

/** A case of the validator: a convolution, or a kernel of its table. */
export type Case = ConvCase | KernelCase;

export function isConvCase(c: Case): c is ConvCase {
  return kernelNames.some((name) => name === c.kernel);
}
