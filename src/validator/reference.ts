import { type Case, isConvCase } from './cases.js';
import type { Reference } from './compare.js';
import type { ConvCase } from './convCase.js';
import type { CaseInputs } from './convInputs.js';
import { convReference, type StoredPrecision } from './convReference.js';
import type { Inputs } from './inputs.js';
import { kernelReference } from './kernels/kernelReference.js';
import type { KernelInputs } from './kernels/kernelRow.js';

/**
 * Computes the float64 result of a case, with bounds on the error of a backend that stores tensors
 * in a precision.
 * @throws Error for half floats and a case that is no convolution, which has no bound for them
 */
export function reference(c: ConvCase, inputs: CaseInputs, precision?: StoredPrecision): Reference;
export function reference(c: Case, inputs: Inputs, precision?: StoredPrecision): Reference;
export function reference(c: Case, inputs: Inputs, precision?: StoredPrecision): Reference {
  if (isConvCase(c)) return convReference(c, inputs as CaseInputs, precision);
  if (precision !== 'half') return kernelReference(c, inputs as KernelInputs);
  throw new Error(`There is no bound for half floats in ${c.kernel}, only in convolutions.`);
}
