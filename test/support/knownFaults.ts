/**
 * Cases of the grid of kernels that stock backends get wrong; docs/findings.md tells each. A backend
 * of this package may fail where the stock backend does whose kernel it has inherited.
 */
import { idMatcher } from '../../scripts/validator/command/choice.js';

/** Faults by stock backend: a pattern of ids, and what is wrong. */
export const stockFaults: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cpu: {
    'matMul:in=2x1x3x4;b=5x4x2;*': 'batches do not broadcast against each other',
  },
  webgl: {
    'matMul:in=2x1x3x4;b=5x4x2;*': 'batches do not broadcast against each other',
    'matMul:in=3x0;*': 'an empty sum is a TypeError',
    'sum:in=2x0;*': 'an empty sum is a shape of NaN',
    'maxPool:*data=huge;*': 'a maximum below -1e20 is -1e20',
    'maxPool:*data=inf;*': 'a maximum of -Infinity is -1e20',
    'asinh:*data=inf;*': 'the logarithm of -Infinity + Infinity',
    'clipByValue:*data=nan;*': 'values beside a NaN are not clipped',
    'cosh:*data=nan;*': 'NaN is not kept',
    'elu:*data=nan;*': 'NaN is not kept',
    'expm1:*data=nan;*': 'NaN is not kept',
    'selu:*data=nan;*': 'NaN is not kept',
    'sinh:*data=nan;*': 'NaN is not kept',
    'softplus:*data=nan;*': 'NaN is not kept',
    'pow:*data=nan;*': 'NaN is not kept',
    'log1p:*data=wide;*': 'the logarithm of a negative number is a number',
    'log1p:*data=inf;*': 'the logarithm of a negative number is a number',
    'relu:*data=inf;*': 'relu of -Infinity is NaN',
    'relu6:*data=inf;*': 'relu of -Infinity is NaN',
    'leakyRelu:*data=inf;*': 'slopes of Infinity are NaN',
    'prelu:*data=inf;*': 'slopes of Infinity are NaN',
    'prelu:*data=nan;*': 'a slope of NaN spoils positive values',
    'pow:*data=inf;*': '0 times Infinity in a power',
    'pow:*data=int;*': 'a negative power of 0 is NaN',
    'floorDiv:*from=conv;*': 'fractions are rounded before they are divided',
    'floorDiv:in=scalar;*': 'fractions are rounded before they are divided',
    'div:*data=zero;*': '0 / 0 is 1',
  },
};

/** The stock backend whose kernels a backend has where it has none of its own. */
const parents: Readonly<Record<string, string>> = { 'tiled-cpu': 'cpu', 'tiled-webgl': 'webgl' };

/** Returns the reason why a backend may get a case wrong, or null. */
export function knownFault(backend: string, id: string): string | null {
  const faults = stockFaults[parents[backend] ?? backend] ?? {};
  return Object.entries(faults).find(([pattern]) => idMatcher(pattern)(id))?.[1] ?? null;
}
