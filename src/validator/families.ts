import type { ConvCase } from './convCase.js';

/** The tfjs kernel that each family tests. */
export const familyKernels = {
  conv2d: 'Conv2D',
  fusedConv2d: 'FusedConv2D',
  depthwise: 'DepthwiseConv2dNative',
  fusedDepthwise: 'FusedDepthwiseConv2D',
  conv2dTranspose: 'Conv2DBackpropInput',
  conv2dGradInput: 'Conv2DBackpropInput',
  conv2dGradFilter: 'Conv2DBackpropFilter',
} as const;

export type Family = keyof typeof familyKernels;

export const familyNames = Object.keys(familyKernels) as readonly Family[];

export function familyOf({ kernel, activation }: ConvCase): Family {
  if (kernel === 'conv2d') return activation === undefined ? 'conv2d' : 'fusedConv2d';
  if (kernel === 'depthwiseConv2d') {
    return activation === undefined ? 'depthwise' : 'fusedDepthwise';
  }
  return kernel;
}
