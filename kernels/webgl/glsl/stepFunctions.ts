/** GLSL functions of element-wise steps, by op. They are defined as in tfjs-core's ops. */
import type { BinaryOp } from '../../elementwise/binary.js';
import { binaryFunctions } from './binaryFunctions.js';
import { withHelpers } from './helpers.js';
import { type UnaryStepOp, unaryFunctions } from './unaryFunctions.js';

/** Op of a step that has a GLSL function. */
export type FunctionOp = UnaryStepOp | BinaryOp;

const functions: Readonly<Record<FunctionOp, string>> = { ...unaryFunctions, ...binaryFunctions };

/** Returns the functions of these ops, and all that they call. */
export function functionsOf(ops: readonly FunctionOp[]): string[] {
  return withHelpers([...new Set(ops)].map((op) => functions[op]));
}

/** Returns a call of the function of an op. */
export function callOf(op: FunctionOp, ...args: readonly string[]): string {
  return `${op}Step(${args.join(', ')})`;
}
