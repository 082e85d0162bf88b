import { type DrawAttrs, getKernel } from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';

/** The kernel's name; tfjs exports it only since version 4.8. */
const Draw = 'Draw';

/**
 * Wraps the stock kernel. tfjs names a canvas context after the backend that draws, and 'cpu' means
 * the two-dimensional context; here our backend names mean it as well.
 */
export const drawKernel: CPUKernel = {
  kernelName: Draw,
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { canvas, options } = attrs as unknown as DrawAttrs;
    const asked = options?.contextOptions?.contextType;
    const contextType = asked?.startsWith('tiled') ? '2d' : asked;
    const contextOptions = { ...options?.contextOptions, contextType };
    const drawAttrs = { canvas, options: { ...options, contextOptions } };
    return getKernel(Draw, 'cpu').kernelFunc({ inputs, backend, attrs: drawAttrs as never });
  },
};
