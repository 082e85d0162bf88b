/**
 * Counts of the texels that a convolution plan fetches, which place a layer on the roofline's x
 * axis.
 */

import type { ConvShape } from '../../../kernels/shape/convShape.js';
import type { Plan } from '../../../kernels/webgl/plan.js';
import type { ConvSpec } from '../../../kernels/webgl/programs/index.js';
import { turnsOf, windowTexels } from '../../../kernels/webgl/programs/window.js';

const slices = (channels: number) => Math.ceil(channels / 4);

/**
 * Returns the texels of input and weights that one fragment fetches; null for an unknown family.
 */
function perFragment(spec: ConvSpec, shape: ConvShape): number | null {
  const taps = shape.filterHeight * shape.filterWidth;
  switch (spec.family) {
    case 'conv2d': {
      const turns = turnsOf(shape, spec);
      const groups = Math.ceil(slices(shape.inChannels) / spec.in.c);
      const taps = spec.filterRows * spec.filterWidth;
      const weights = spec.block === undefined ? spec.lanes * taps * spec.out.c : 0;
      return turns * groups * spec.in.c * (windowTexels(spec) + weights);
    }
    case 'depthwise': {
      const turns = turnsOf(shape, spec);
      const weights = spec.block === undefined ? spec.filterRows * spec.filterWidth : 0;
      return turns * spec.out.c * (windowTexels(spec) + weights);
    }
    case 'generalConv2d':
      return taps * slices(shape.inChannels) * (1 + 4);
    default:
      return null;
  }
}

/** Returns the texels that all fragments of a plan fetch: input, weights, and bias or slope. */
export function fetchedTexels({ spec, outTile }: Plan, shape: ConvShape): number | null {
  const ofOne = perFragment(spec, shape);
  if (ofOne === null) return null;
  const perChannel = spec.steps.filter((step) => 'operand' in step).length * outTile.c;
  return fragmentsOf({ outTile }, shape) * (ofOne + perChannel);
}

/** Returns the number of fragments that write the output of a plan. */
export function fragmentsOf({ outTile }: Pick<Plan, 'outTile'>, shape: ConvShape): number {
  const { batch, outWidth, outHeight, outChannels } = shape;
  const across = Math.ceil(outWidth / outTile.w);
  const down = Math.ceil(outHeight / outTile.h);
  return batch * across * down * Math.ceil(slices(outChannels) / outTile.c);
}
