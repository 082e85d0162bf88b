/**
 * Execution of a stock cpu kernel on tensors of the WebGL engine. There are such kernels only if the
 * app has imported stock cpu, by itself or with the CPU engine.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  findBackendFactory,
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';

/** Results of a kernel: one tensor, or a list of tensors. */
export type Results = TensorInfo | TensorInfo[];

/** True if stock cpu is registered. */
export const hasStockCPU = () => findBackendFactory('cpu') != null;

export const hasCPUKernel = (kernelName: string) =>
  hasStockCPU() && getKernel(kernelName, 'cpu') != null;

/** Reads the inputs, runs the cpu kernel, and stores its results in the backend. */
export function cpuKernel(
  backend: KernelBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): Results {
  const cpu = findBackendFactory('cpu')() as MathBackendCPU;
  // Kernels that accept any number of inputs receive a list.
  const moved = (Array.isArray(inputs) ? [] : {}) as NamedTensorInfoMap;
  for (const [name, input] of Object.entries(inputs)) {
    if (input == null) continue;
    const values = backend.readSync(input.dataId) as TypedArray;
    moved[name] = cpu.makeTensorInfo(input.shape, input.dtype, values);
  }
  const result = getKernel(kernelName, 'cpu').kernelFunc({
    inputs: moved,
    attrs,
    backend: cpu,
  });
  const runner = backend as unknown as { makeTensorInfo: MathBackendCPU['makeTensorInfo'] };
  const movedBack = ({ dataId, shape, dtype }: TensorInfo) =>
    runner.makeTensorInfo(shape, dtype, cpu.readSync(dataId) as TypedArray);
  return Array.isArray(result) ? result.map(movedBack) : movedBack(result);
}
