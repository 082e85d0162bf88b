/**
 * Gradients that tfjs-core refuses or lacks. tfjs registers a gradient for a kernel on all backends, so a
 * gradient of ours calls the registered one wherever that computes.
 */
import {
  Conv2D,
  DepthToSpace,
  DepthwiseConv2dNative,
  type GradConfig,
  getGradient,
  registerGradient,
  type Tensor,
  type Tensor4D,
  unregisterGradient,
} from '@tensorflow/tfjs-core';
import type { ConvAttrs, ForwardKernel } from '../../kernels/shape/convShape.js';
import { depthToSpaceGradient } from './depthToSpace.js';
import { dilatedGradients, needsDilatedGradients } from './dilated.js';
import { extendCustomGrad } from './fused.js';

/** The mark of a gradient that a copy of this package has extended. */
const extended = Symbol.for('tfjs-backend-tiled.gradient');

const convolutions: Readonly<Record<string, ForwardKernel>> = {
  [Conv2D]: 'conv2d',
  [DepthwiseConv2dNative]: 'depthwiseConv2d',
};

/**
 * Extends the gradients that are registered by now: Conv2D and DepthwiseConv2dNative to dilations above 1,
 * and fused convolutions on our backends. Adds one for DepthToSpace where there are others. Call it when
 * the backends are registered and again when one of them starts, because tfjs-core registers none by
 * itself: `@tensorflow/tfjs` does, and may be loaded after this package. Without any gradients this does
 * nothing, and a page that only predicts needs none.
 */
export function extendGradients(): void {
  for (const [kernelName, kernel] of Object.entries(convolutions)) {
    const registered = getGradient(kernelName);
    if (registered == null || extended in registered) continue;
    unregisterGradient(kernelName);
    registerGradient(extendedGradient(registered, kernel));
    extendCustomGrad();
    if (getGradient(DepthToSpace) == null) registerGradient(depthToSpaceGradient);
  }
}

function extendedGradient(registered: GradConfig, kernel: ForwardKernel): GradConfig {
  const config: GradConfig = {
    ...registered,
    gradFunc: (dy, saved, attrs) => {
      const given = attrs as unknown as ConvAttrs;
      if (!needsDilatedGradients(given)) return registered.gradFunc(dy, saved, attrs);
      const [x, filter] = saved as Tensor4D[];
      const { x: ofX, filter: ofFilter } = dilatedGradients(
        kernel,
        x,
        filter,
        dy as Tensor4D,
        given,
      );
      return { x: ofX, filter: ofFilter } as Record<string, () => Tensor>;
    },
  };
  return Object.assign(config, { [extended]: true });
}
