/**
 * Cases of the grid of kernels that a backend may get wrong: faults of stock cpu, and those that a
 * backend of this package inherits with a stock kernel. docs/findings.md tells each. Whoever gives
 * an engine a kernel of its own strikes out its lines.
 */
import { idMatcher } from '../../scripts/validator/command/choice.js';

/** Reasons by a pattern of ids. */
type Faults = Readonly<Record<string, string>>;

const average = 'divides by the whole window where a part of it is padding';
const turned = "height and width are in each other's place";
const pictures =
  'places are counted with the stride of a picture of the input, and half is not read';

const leftAxes = 'an axis that only one tensor has is not summed over';

/** Faults of stock that all backends of this package inherit. */
const inherited: Faults = {
  'matMul:in=2x1x3x4;b=5x4x2;*': 'batches do not broadcast against each other',
};

const cpu: Faults = {
  ...inherited,
  'einsum:*eq=ab,cb->c;*': leftAxes,
  'avgPoolGrad:in=2x6x8x3;f=2;stride=1;pad=same;*': average,
  'avgPoolGrad:in=2x6x8x3;f=2;stride=3x1;pad=same;*': average,
  'avgPoolGrad:in=2x6x8x3;f=3x2;*;pad=same;*': average,
  'avgPoolGrad:*;pad=1,2,0,3;*': average,
  'avgPoolGrad:*;round=ceil;*': average,
  'resizeBilinearGrad:in=3x3x4x2;*': turned,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=6,8;*': pictures,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=5,7;*': pictures,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=2,3;*': pictures,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=1,1;*': pictures,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=9,2;align=yes;*': pictures,
  'resizeNearestNeighborGrad:in=3x3x4x2;size=9,2;half=yes;*': pictures,
  'resizeNearestNeighborGrad:in=2x*': pictures,
};

const webgl: Faults = {
  ...inherited,
  'einsum:*eq=ab,cb->c;*': leftAxes,
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
  'tiled-cpu': inherited,
  'tiled-webgl': webgl,
};

/** Returns the reason why a backend may get a case wrong, or null. */
export function knownFault(backend: string, id: string): string | null {
  const faults = Object.entries(knownFaults[backend] ?? {});
  return faults.find(([pattern]) => idMatcher(pattern)(id))?.[1] ?? null;
}
