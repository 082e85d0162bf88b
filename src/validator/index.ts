/**
 * The validator: cases as data, a float64 oracle, bounds derived from float32 arithmetic, and a
 * runner for any tfjs backend. It uses tfjs-core's public ops and nothing else of this package.
 */
export { caseId, contradictionIn, parseCaseId } from './caseId.js';
export { type Case, isConvCase } from './cases.js';
export {
  type Comparison,
  compare,
  type Difference,
  describeComparison,
  type Reference,
} from './compare.js';
export { activationNames, type ConvCase, dataNames, kernelNames, sourceNames } from './convCase.js';
export type { CaseInputs } from './convInputs.js';
export type { StoredPrecision } from './convReference.js';
export { coreFamilies, coreGrid } from './coreGrid.js';
export {
  type Family,
  familyKernels,
  familyNames,
  familyOf,
  tfjsKernelOf,
} from './families.js';
export { fullGrid } from './fullGrid.js';
export { filterGradient, inputGradient } from './gradientOracle.js';
export { type Grid, grid } from './grid.js';
export { type GridName, grids } from './grids.js';
export { caseInputs, type Inputs } from './inputs.js';
export type { KernelCase } from './kernels/kernelCase.js';
export { kernelGrid } from './kernels/kernelGrid.js';
export type { KernelFamily, KernelInputs, KernelRow } from './kernels/kernelRow.js';
export { kernelTable } from './kernels/kernelTable.js';
export type { Numbers, NumbersType } from './numbers.js';
export { type Convolved, convolve, outputOf } from './oracle.js';
export { fractions, integers, type Stream, stream } from './random.js';
export { reference } from './reference.js';
export {
  type CaseResult,
  type Counts,
  countResults,
  type Expectation,
  isFailure,
  isUnexpected,
  type Outcome,
  outcomeOf,
  readJson,
  type ValidationReport,
  type Verdict,
  withReason,
  writeJson,
} from './results.js';
export { type Compute, type Prepare, type Runs, runCase, runRepeatedly } from './runCase.js';
export {
  type Bounded,
  type BoundedActivation,
  boundedActivations,
  HALF_MOST,
  HALF_TINY,
  HALF_UNIT,
  halfError,
  sumBound,
  TINY,
  toHalf,
  UNIT,
  UNITS_PER_OPERATION,
} from './tolerance.js';
export { type Attempt, type ValidateOptions, type VariantControl, validate } from './validate.js';
export { type WorkedExample, workedExamples } from './workedExamples.js';
