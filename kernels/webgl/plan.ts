/** Plans of variants, and the parts of their costs that rows of every method share. */
import type { ConvKernel, ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { convertCost, departCost } from './cost.js';
import type { DeviceProfile } from './deviceProfile.js';
import { sameTile, type Tile } from './layout/tile.js';
import type { WinogradLayout } from './layout/winograd.js';
import type { ConvSpec } from './programs/index.js';
import type { Limits, Pass, UniformValue } from './runner.js';

/** Plan of a variant for one convolution. Plain data. */
export interface Plan {
  readonly variant: string;
  readonly inTile: Tile;
  readonly outTile: Tile;
  readonly spec: ConvSpec;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  /** Passes that are drawn before the output, unless the variant sums directly. */
  readonly winograd?: WinogradPasses;
  /** Estimate for comparison with other plans of the same convolution. */
  readonly cost: number;
}

/** Passes that are drawn before the output. */
export interface WinogradPasses {
  readonly layout: WinogradLayout;
  readonly inputs: readonly Pick<Pass, 'spec' | 'uniforms'>[];
  readonly products: Pick<Pass, 'spec' | 'uniforms'>;
}

/**
 * Algorithm of a variant. `direct`: an unrolled sum over the taps of a tile; `winograd`: transforms
 * that save products; `general`: a sum in loops, for any shape.
 */
export type Method = 'direct' | 'winograd' | 'general';

export interface Variant {
  readonly name: string;
  readonly method: Method;
  readonly kernel: ConvKernel;
  /** Pixels and slices that one fragment computes. */
  readonly tile: Tile;
  /**
   * Returns the plan for a shape, or null if the variant does not support it.
   * @param resident tile that the input is in now, null if it is not in planes
   */
  plan(shape: ConvShape, fusion: Fusion, limits: Limits, resident: Tile | null): Plan | null;
}

/** Returns the cost of converting the input to `input`, and of leaving the output in `out`. */
export function movingCost(
  device: DeviceProfile,
  shape: ConvShape,
  resident: Tile | null,
  input: Tile,
  out: Tile,
): number {
  const net =
    resident !== null && shape.inChannels > 4 ? resident : firstTile(device, shape.kernel, out);
  const departs = sameTile(net, out) ? 0 : departCost(device, shape);
  return arrival(device, shape, resident, input) + departs;
}

/** Returns the cost of converting the input to `input`. */
export function arrival(
  device: DeviceProfile,
  shape: ConvShape,
  resident: Tile | null,
  input: Tile,
): number {
  return resident !== null && sameTile(resident, input) ? 0 : convertCost(device, shape);
}

/**
 * Returns the tile that a picture, or input that is not in planes, counts as being in. A net begins
 * with 2x2x2 because convolutions of every tile can read it; a depthwise convolution may begin with
 * its own, but on a rasteriser not with tiles of one row, which spare registers and cost fetches.
 */
function firstTile({ software }: DeviceProfile, kernel: ConvKernel, out: Tile): Tile {
  const isOwn = kernel !== 'conv2d' && (out.h > 1 || !software);
  return isOwn ? out : { w: 2, h: 2, c: 2 };
}

/** Returns the number of textures that a fusion adds to a program. */
export function fusedTensors({ bias, activation }: Fusion): number {
  return (bias ? 1 : 0) + (activation === 'prelu' ? 1 : 0);
}
