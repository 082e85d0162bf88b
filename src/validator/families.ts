import { type Case, isConvCase } from './cases.js';
import type { ConvCase } from './convCase.js';
import { type KernelFamily, kernelFamilies } from './kernels/kernelRow.js';
import { rowOfCase } from './kernels/kernelTable.js';

/** The tfjs kernel that each family of convolutions tests. */
export const familyKernels = {
  conv2d: 'Conv2D',
  fusedConv2d: 'FusedConv2D',
  depthwise: 'DepthwiseConv2dNative',
  fusedDepthwise: 'FusedDepthwiseConv2D',
  conv2dTranspose: 'Conv2DBackpropInput',
  conv2dGradInput: 'Conv2DBackpropInput',
  conv2dGradFilter: 'Conv2DBackpropFilter',
  depthwiseConv2dGradInput: 'DepthwiseConv2dNativeBackpropInput',
  depthwiseConv2dGradFilter: 'DepthwiseConv2dNativeBackpropFilter',
} as const;

export type ConvFamily = keyof typeof familyKernels;

export type Family = ConvFamily | KernelFamily;

export const convFamilies = Object.keys(familyKernels) as readonly ConvFamily[];

export const familyNames: readonly Family[] = [...convFamilies, ...kernelFamilies];

function convFamilyOf({ kernel, activation }: ConvCase): ConvFamily {
  if (kernel === 'conv2d') return activation === undefined ? 'conv2d' : 'fusedConv2d';
  if (kernel === 'depthwiseConv2d') {
    return activation === undefined ? 'depthwise' : 'fusedDepthwise';
  }
  return kernel;
}

export function familyOf(c: Case): Family {
  return isConvCase(c) ? convFamilyOf(c) : rowOfCase(c).family;
}

/** Returns the name of the tfjs kernel that a backend must have to compute the case. */
export function tfjsKernelOf(c: Case): string {
  return isConvCase(c) ? familyKernels[convFamilyOf(c)] : rowOfCase(c).kernel;
}
