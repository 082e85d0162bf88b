/** ResizeBilinearGrad and ResizeNearestNeighborGrad, on the heap or on JavaScript arrays. */
import {
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { ResizeAttrs, ResizeMethod } from '../shape/resize.js';
import { resizeGradient, writeResizeGradient } from '../shape/resizeGradient.js';
import { type CPUKernel, type CPURunner, type KernelArgs, valuesOf } from './kernel.js';
import { onHeap } from './onHeap.js';
import { sizeOf } from './stockOr.js';

/** Makes a kernel that never falls back to stock's, because stock's returns wrong values. */
function gradientKernel(kernelName: string, method: ResizeMethod): CPUKernel {
  const run = (args: KernelArgs): TensorInfo => {
    const backend = args.backend as CPURunner;
    const inputs = args.inputs as unknown as { images: TensorInfo; dy: TensorInfo };
    const attrs = args.attrs as unknown as ResizeAttrs;
    const gradient = resizeGradient(kernelName, method, inputs, attrs);
    const { shape } = inputs.images;
    const size = sizeOf(shape);
    const write = (dx: Float32Array) =>
      writeResizeGradient(gradient, valuesOf(backend, inputs.dy), dx);
    const made =
      backend.heap === null
        ? null
        : onHeap(backend, shape, (address) =>
            backend.step(() => write(backend.view(address, size)), [inputs.dy]),
          );
    if (made !== null) return made;
    const dx = new Float32Array(size);
    write(dx);
    return backend.makeTensorInfo(shape, 'float32', dx);
  };
  return { kernelName, kernelFunc: run as CPUKernel['kernelFunc'] };
}

export const resizeGradientKernels: readonly CPUKernel[] = [
  gradientKernel(ResizeBilinearGrad, 'bilinear'),
  gradientKernel(ResizeNearestNeighborGrad, 'nearest'),
];
