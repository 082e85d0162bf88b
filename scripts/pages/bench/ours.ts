/** What our own backends tell of a run. */
import { findBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { convPlans } from '../../../kernels/webgl/variants.js';
import { TiledCPUBackend, TiledWebGLBackend, tiledInfo } from '../../../src/base.js';
import { convShape } from '../../../src/shape/convShape.js';
import { fetchedTexels } from '../../bench/fetches.js';
import { variantsBetween } from '../../bench/ran.js';
import type { Layer } from '../../suites/layers.js';

/** Does the work and says which variant of the backend ran in it; null where none did. */
export function variantOf<T>(
  backend: string,
  work: () => T,
): { result: T; variant: string | null } {
  const engine = findBackend(backend);
  if (!(engine instanceof TiledWebGLBackend || engine instanceof TiledCPUBackend)) {
    return { result: work(), variant: null };
  }
  const before = tiledInfo(backend).variants;
  const result = work();
  const ran = variantsBetween(before, tiledInfo(backend).variants);
  return { result, variant: ran.length === 0 ? null : ran.join('+') };
}

/** Texels that a variant fetches for a layer with its input as x lies; null where that is unknown. */
export function fetchedBy(
  backend: string,
  layer: Layer,
  variant: string,
  x: Tensor4D,
): number | null {
  const engine = findBackend(backend);
  if (!(engine instanceof TiledWebGLBackend)) return null;
  const { kernel, inChannels, outChannels, filterHeight, filterWidth, stride, dilation } = layer;
  const isDepthwise = kernel === 'depthwise';
  const shape = convShape(
    isDepthwise ? 'depthwiseConv2d' : 'conv2d',
    x.shape,
    [filterHeight, filterWidth, inChannels, isDepthwise ? 1 : outChannels],
    { strides: stride, pad: 'same', dilations: dilation },
  );
  const resident = engine.residence(x)?.layout.tile ?? null;
  const fusion = { activation: 'relu6', bias: true } as const;
  const plans = convPlans(shape, fusion, engine.limits, resident);
  const plan = plans.find((candidate) => candidate.variant === variant);
  return plan === undefined ? null : fetchedTexels(plan, shape);
}
