/**
 * The validator: cases as data, a float64 oracle, bounds derived from float32 arithmetic, and a
 * runner for any tfjs backend. It stands on tfjs-core's public ops and on nothing of this package.
 */
export { activationNames, type ConvCase, caseId, contradictionIn, parseCaseId } from './caseId.js';
export { type Comparison, compare, type Difference, describeComparison } from './compare.js';
export { coreFamilies, coreGrid } from './coreGrid.js';
export { type Grid, grid } from './grid.js';
export { type CaseInputs, caseInputs, type Numbers } from './inputs.js';
export { type Convolved, convolve, outputOf } from './oracle.js';
export { fractions, integers, type Stream, stream } from './random.js';
export { type Reference, reference } from './reference.js';
export { runCase } from './runCase.js';
export {
  type Bounded,
  type BoundedActivation,
  boundedActivations,
  sumBound,
  TINY,
  UNIT,
  UNITS_PER_OPERATION,
} from './tolerance.js';
export { type WorkedExample, workedExamples } from './workedExamples.js';
