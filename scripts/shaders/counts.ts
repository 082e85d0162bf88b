/** Counts of what a program does in one turn of its loop. */
import type { PlaneStorage } from '../../kernels/webgl/layout/planeNames.js';
import { type Conv2DSpec, loopsOverSlices } from '../../kernels/webgl/programs/conv2d.js';
import type { ProgramSpec } from '../../kernels/webgl/programs/index.js';

export interface Counts {
  /** Texels of weights that a turn fetches from a texture. */
  readonly uniformFetches: number;
  /** Multiply-adds of numbers in a turn; null for a program that multiplies nothing. */
  readonly fmaPerTurn: number | null;
}

/** Returns the number of slices of its input that a program reads in one turn. */
export function slicesOfATurn(spec: Conv2DSpec, storage: PlaneStorage): number {
  return loopsOverSlices(spec, storage) ? 1 : spec.in.c;
}

export function countsOf(spec: ProgramSpec, storage: PlaneStorage): Counts {
  switch (spec.family) {
    case 'conv2d': {
      const { filterRows, filterWidth, lanes, out, block } = spec;
      const weights = slicesOfATurn(spec, storage) * filterRows * filterWidth * lanes * out.c;
      return {
        uniformFetches: block === undefined ? weights : 0,
        fmaPerTurn: weights * 4 * out.w * out.h,
      };
    }
    case 'depthwise': {
      const { filterRows, filterWidth, out, block } = spec;
      const weights = out.c * filterRows * filterWidth;
      return {
        uniformFetches: block === undefined ? weights : 0,
        fmaPerTurn: weights * 4 * out.w * out.h,
      };
    }
    case 'generalConv2d':
      return { uniformFetches: 4, fmaPerTurn: 16 };
    case 'generalDepthwise':
      return { uniformFetches: 1, fmaPerTurn: 4 };
    case 'winogradProducts':
      return { uniformFetches: 16, fmaPerTurn: 256 };
    default:
      return { uniformFetches: 0, fmaPerTurn: null };
  }
}
