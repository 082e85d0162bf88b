/** Details of a run that the tiled backends report. */
import { findBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { type ConvShape, convShape } from '../../../../kernels/shape/convShape.js';
import { sameTile } from '../../../../kernels/webgl/layout/tile.js';
import { convPlans, variants } from '../../../../kernels/webgl/variants.js';
import {
  forceVariant,
  TiledCPUBackend,
  TiledWebGLBackend,
  tiledInfo,
} from '../../../../src/base.js';
import { variantsBetween } from '../../command/ran.js';
import type { Layer } from '../../layers.js';
import { fetchedTexels } from '../../report/fetches.js';

/** Does the work and returns the variant that ran in it; null if no variant of the backend ran. */
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

const fusion = { activation: 'relu6', bias: true } as const;

function shapeOf(layer: Layer): ConvShape {
  const { kernel, height, width, inChannels, outChannels, filterHeight, filterWidth } = layer;
  const isDepthwise = kernel === 'depthwise';
  return convShape(
    isDepthwise ? 'depthwiseConv2d' : 'conv2d',
    [1, height, width, inChannels],
    [filterHeight, filterWidth, inChannels, isDepthwise ? 1 : outChannels],
    { strides: layer.stride, pad: 'same', dilations: layer.dilation },
  );
}

/**
 * Makes inputs of a layer by depthwise convolutions. They leave the inputs in the tile that the
 * layer's first choice reads, as the preceding layer of a net would. If no variant writes that
 * tile, or on other backends, the inputs keep the layout they are made in.
 */
export function inItsTile<T>(backend: string, layer: Layer, make: () => T): T {
  const engine = findBackend(backend);
  if (!(engine instanceof TiledWebGLBackend)) return make();
  const shape = shapeOf(layer);
  const plans = convPlans(shape, fusion, engine.runner.limits, null);
  const [first] = engine.runner.tuning?.order(plans, shape, fusion, null) ?? plans;
  const writer = variants.find(
    ({ kernel, tile, method }) =>
      kernel === 'depthwiseConv2d' && sameTile(tile, first.inTile) && method !== 'general',
  );
  if (writer === undefined) return make();
  forceVariant(writer.name, backend);
  try {
    return make();
  } finally {
    forceVariant(null, backend);
  }
}

/**
 * Returns the number of texels that a variant fetches for a layer with x in its present layout;
 * null if that is unknown.
 */
export function fetchedBy(
  backend: string,
  layer: Layer,
  variant: string,
  x: Tensor4D,
): number | null {
  const engine = findBackend(backend);
  if (!(engine instanceof TiledWebGLBackend)) return null;
  const shape = shapeOf(layer);
  const resident = engine.runner.placementOf(x)?.layout.tile ?? null;
  const plans = convPlans(shape, fusion, engine.runner.limits, resident);
  const plan = plans.find((candidate) => candidate.variant === variant);
  return plan === undefined ? null : fetchedTexels(plan, shape);
}
