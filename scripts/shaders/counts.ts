/** Counts of what a program does in one turn of its loop. */
import type { ProgramSpec } from '../../kernels/webgl/programs/index.js';

export interface Counts {
  /** Texels of weights that a turn fetches from a texture. */
  readonly uniformFetches: number;
  /** Multiply-adds of numbers in a turn; null for a program that multiplies nothing. */
  readonly fmaPerTurn: number | null;
}

/** @param sharesTextures true if planes are layers of array textures, so that slices are turns as well */
export function countsOf(spec: ProgramSpec, sharesTextures: boolean): Counts {
  switch (spec.family) {
    case 'conv2d': {
      const { filterRows, filterWidth, lanes, out, block } = spec;
      const slices = sharesTextures ? 1 : spec.in.c;
      const weights = slices * filterRows * filterWidth * lanes * out.c;
      return {
        uniformFetches: block === undefined ? weights : 0,
        fmaPerTurn: weights * 4 * out.w * out.h,
      };
    }
    case 'depthwise': {
      const { filterRows, filterWidth, out } = spec;
      const weights = out.c * filterRows * filterWidth;
      return { uniformFetches: weights, fmaPerTurn: weights * 4 * out.w * out.h };
    }
    case 'winogradProducts':
      return { uniformFetches: 16, fmaPerTurn: 256 };
    default:
      return { uniformFetches: 0, fmaPerTurn: null };
  }
}
