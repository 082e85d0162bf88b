/** The ladder under every kernel of ours: its variants, the stock webgl kernel, the cpu kernel. */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { StepDown, type TiledKernel, type TileRunner } from '../../src/runner.js';

/** tfjs types every named input as possibly missing; those that are not optional never are. */
type Given<Inputs> = { [K in keyof Inputs]: NonNullable<Inputs[K]> };

/**
 * A kernel that computes in tiles where it can. `compute` returns null where the
 * stock kernel is the right choice (nothing lies in planes, a type of ours it is
 * not), and throws StepDown where something that should work does not.
 */
export function tiledKernel<Inputs, Attrs>(
  kernelName: string,
  compute: (runner: TileRunner, inputs: Given<Inputs>, attrs: Attrs) => TensorInfo | null,
): TiledKernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const runner = backend as unknown as TileRunner;
      try {
        const result = runner.allOrNothing(given(inputs), () =>
          compute(runner, inputs as unknown as Given<Inputs>, attrs as Attrs),
        );
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof StepDown)) throw error;
        runner.stepDown(kernelName, 'tiles', 'stock webgl', error.message);
      }
      return stockKernel(runner, kernelName, inputs, attrs);
    },
  };
}

function given(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs).filter((input) => input != null);
}

/** Runs the stock webgl kernel on our backend; if that fails, the stock cpu kernel. */
export function stockKernel(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): TensorInfo {
  const kernel = getKernel(kernelName, 'webgl');
  try {
    return runner.allOrNothing(
      given(inputs),
      () => kernel.kernelFunc({ inputs, attrs, backend: runner }) as TensorInfo,
    );
  } catch (error) {
    // If this fails too, the arguments are wrong and its error is the user's.
    const result = cpuKernel(runner as unknown as KernelBackend, kernelName, inputs, attrs);
    runner.stepDown(kernelName, 'stock webgl', 'cpu', String(error));
    return result;
  }
}

function cpuKernel(
  backend: KernelBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): TensorInfo {
  const cpu = new MathBackendCPU();
  const moved: NamedTensorInfoMap = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input == null) continue;
    const values = backend.readSync(input.dataId) as TypedArray;
    moved[name] = cpu.makeTensorInfo(input.shape, input.dtype, values);
  }
  const result = getKernel(kernelName, 'cpu').kernelFunc({
    inputs: moved,
    attrs,
    backend: cpu,
  }) as TensorInfo;
  const values = cpu.readSync(result.dataId) as TypedArray;
  const runner = backend as unknown as { makeTensorInfo: MathBackendCPU['makeTensorInfo'] };
  return runner.makeTensorInfo(result.shape, result.dtype, values);
}
