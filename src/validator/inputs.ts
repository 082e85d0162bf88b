import { type Case, isConvCase } from './cases.js';
import type { ConvCase } from './convCase.js';
import { type CaseInputs, convInputs } from './convInputs.js';
import { kernelInputs } from './kernels/kernelInputs.js';
import type { KernelInputs } from './kernels/kernelRow.js';

/** Inputs of a case, by name. */
export type Inputs = CaseInputs | KernelInputs;

/** Makes the inputs of a case, which depend on nothing but the case. */
export function caseInputs(c: ConvCase): CaseInputs;
export function caseInputs(c: Case): Inputs;
export function caseInputs(c: Case): Inputs {
  return isConvCase(c) ? convInputs(c) : kernelInputs(c);
}
