/** Convolutions of any shape, one pixel a fragment: the last rung before the stock kernel. */
import type { ConvKernel, ConvShape } from '../shape/convShape.js';
import type { Variant } from './plan.js';
import { fusionSteps } from './programs/steps.js';
import type { UniformValue } from './runner.js';

/** Returns a variant that computes any shape from any input tile. */
export function general(kernel: ConvKernel): Variant {
  const { name, family } = generals[kernel];
  const out = { w: 1, h: 1, c: 1 };
  return {
    name,
    method: 'general',
    kernel,
    tile: out,
    plan(shape, fusion, _limits, resident) {
      const input = resident ?? out;
      return {
        variant: name,
        inTile: input,
        outTile: out,
        spec: { family, in: input, steps: fusionSteps(fusion) },
        uniforms: generalUniforms(shape),
        // Never the first choice, because its one-pixel tiles would spread to the layers after it.
        cost: Number.POSITIVE_INFINITY,
      };
    },
  };
}

const generals = {
  conv2d: { name: 'general', family: 'generalConv2d' },
  depthwiseConv2d: { name: 'depthwise-general', family: 'generalDepthwise' },
  conv2dTranspose: { name: 'transposed-general', family: 'generalTransposed' },
} as const;

function generalUniforms(shape: ConvShape): Record<string, UniformValue> {
  const { kernel, filterHeight, strideHeight, dilationHeight, padTop } = shape;
  const { filterWidth, strideWidth, dilationWidth, padLeft, channelMultiplier } = shape;
  if (kernel === 'conv2dTranspose') {
    return {
      rowGeometry: [filterHeight, strideHeight, padTop],
      columnGeometry: [filterWidth, strideWidth, padLeft],
    };
  }
  return {
    rowGeometry: [filterHeight, strideHeight, dilationHeight, padTop],
    columnGeometry: [filterWidth, strideWidth, dilationWidth, padLeft],
    ...(kernel === 'conv2d' ? {} : { multiplier: channelMultiplier }),
  };
}
