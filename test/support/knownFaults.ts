/**
 * Cases of the grid of kernels that a backend may get wrong: faults of stock cpu, and those that a
 * backend of this package inherits with a stock kernel. docs/findings.md tells each. Whoever gives
 * an engine a kernel of its own strikes out its lines.
 */
import { idMatcher } from '../../scripts/validator/command/choice.js';

/** Reasons by a pattern of ids. */
type Faults = Readonly<Record<string, string>>;

const cpu: Faults = {
  'matMul:in=2x1x3x4;b=5x4x2;*': 'batches do not broadcast against each other',
};

const webgl: Faults = {
  ...cpu,
  'min:*data=nan;*': 'NaN is not kept, on llvmpipe',
  'asinh:*data=inf;*': 'the sum of -Infinity and Infinity',
  'cosh:*data=nan;*': 'NaN is not kept',
  'expm1:*data=nan;*': 'NaN is not kept',
  'selu:*data=nan;*': 'NaN is not kept',
  'sinh:*data=nan;*': 'NaN is not kept',
  'softplus:*data=nan;*': 'NaN is not kept',
  'pow:*data=nan;*': 'NaN is not kept',
  'log1p:*data=wide;*': 'the logarithm of a negative number is a number',
  'log1p:*data=inf;*': 'the logarithm of a negative number is a number',
  'relu:in=1x3x5x7;data=inf;seed=1': 'relu of -Infinity is NaN',
  'relu6:in=1x3x5x7;data=inf;seed=1': 'relu of -Infinity is NaN',
  'leakyRelu:in=1x3x5x7;args=0.3;data=inf;seed=1': 'Infinity times a slope is NaN',
  'prelu:*data=inf;*': 'Infinity times a slope is NaN',
  'pow:*data=inf;*': 'a power of Infinity is NaN',
  'pow:*data=int;*': 'a negative power of 0 is NaN',
  'floorDiv:in=1x3x5x7;b=1x3x5x7;from=conv;*': 'fractions are rounded before they are divided',
  'floorDiv:in=2x3x2x5;b=5;from=conv;*': 'fractions are rounded before they are divided',
  'floorDiv:in=scalar;*': 'fractions are rounded before they are divided',
  'div:*data=zero;*': '0 / 0 is 1',
};

/** Known faults by backend. */
export const knownFaults: Readonly<Record<string, Faults>> = {
  cpu,
  'tiled-cpu': cpu,
  'tiled-webgl': webgl,
};

/** Returns the reason why a backend may get a case wrong, or null. */
export function knownFault(backend: string, id: string): string | null {
  const faults = Object.entries(knownFaults[backend] ?? {});
  return faults.find(([pattern]) => idMatcher(pattern)(id))?.[1] ?? null;
}
