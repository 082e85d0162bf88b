/** Random convolutions that the variants of the table accept. */
import type { ForwardKernel } from '../../../../../kernels/shape/convShape.js';
import type { DeviceProfile } from '../../../../../kernels/webgl/deviceProfile.js';
import { type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { Plan, Variant } from '../../../../../kernels/webgl/plan.js';
import type { Limits } from '../../../../../kernels/webgl/runner.js';
import {
  activationNames,
  type ConvCase,
  outputOf,
  type Stream,
  stream,
} from '../../../../../src/validator/index.js';
import { type Case, shapeOf } from './caseShape.js';

/** Returns the limits of a usual device of this profile, with textures as large as tests need. */
export function limitsOf(device: DeviceProfile): Limits {
  return {
    maxTextureSize: 4096,
    maxTargets: 8,
    maxSamplers: 16,
    sharesTextures: !device.software,
    maxBlockBytes: 65536,
    precision: 'float32',
    device,
  };
}

/** A variant that sums over a window of the input in one program. */
export type Summed = Variant & { readonly kernel: ForwardKernel };

export function isSummed(variant: Variant): variant is Summed {
  return variant.kernel !== 'conv2dTranspose' && variant.method !== 'winograd';
}

/**
 * Returns random cases that the variant accepts on input in this tile, with their plans; none if it
 * never does.
 */
export function casesOf(
  variant: Summed,
  resident: Tile | null,
  limits: Limits,
  count: number,
): [Case, Plan][] {
  const found: [Case, Plan][] = [];
  const next = stream(1, `${variant.name} ${resident && tileName(resident)}`);
  for (let seed = 0; seed < 40 * count && found.length < count; seed++) {
    const c = randomCase(variant.kernel, next, seed);
    const { rows, cols } = outputOf(c);
    if (rows < 1 || cols < 1) continue;
    const fusion = { activation: c.activation ?? 'linear', bias: c.bias !== undefined };
    const plan = variant.plan(shapeOf(c), fusion, limits, resident);
    if (plan !== null && (resident === null || plan.inTile === resident)) found.push([c, plan]);
  }
  return found;
}

function randomCase(kernel: ForwardKernel, next: Stream, seed: number): Case {
  const from = <T>(...values: readonly T[]) => values[Math.floor(next() * values.length)];
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  const inChannels = upTo(13);
  const last = kernel === 'conv2d' ? upTo(35) : upTo(3);
  const stride = [from(1, 1, 2, 3), from(1, 1, 2, 3, 4, 8)] as const;
  const dilates = stride[0] === 1 && stride[1] === 1;
  const activation = from(...activationNames);
  const outChannels = kernel === 'conv2d' ? last : inChannels * last;
  return {
    kernel,
    in: [upTo(2), upTo(6), upTo(19), inChannels],
    filter: [upTo(3), upTo(4), inChannels, last],
    stride,
    pad: from<ConvCase['pad']>('same', 'valid', [2, 1, upTo(9), 3]),
    dilation: dilates ? [upTo(2), upTo(3)] : [1, 1],
    format: 'NHWC',
    activation,
    ...(next() < 0.5 ? { bias: [outChannels] } : {}),
    ...(activation === 'prelu' ? { prelu: [outChannels] } : {}),
    ...(activation === 'leakyrelu' ? { alpha: 0.25 } : {}),
    data: 'int',
    seed,
  };
}
