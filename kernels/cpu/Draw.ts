import { type DrawAttrs, getKernel } from '@tensorflow/tfjs-core';
import type { TiledKernel } from './kernel.js';

/** The kernel's name, which tfjs exports only from 4.8 on. */
const Draw = 'Draw';

/**
 * The stock kernel. tfjs names a canvas context after the backend that draws, and
 * means the two-dimensional one by 'cpu'; here our own names mean it as well.
 */
export const drawKernel: TiledKernel = {
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
