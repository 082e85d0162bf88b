/** Fallbacks of each of our kernels: its variants, the stock webgl kernel, the cpu kernel. */
import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import { cpuKernel, hasCPUKernel, hasStockCPU, type Results } from './cpuKernel.js';
import { isOfFewValues } from './fewValues.js';
import { type Call, runnerOf, type TiledKernel, type TileRunner } from './runner.js';
import { stockFault } from './stockSelfTest.js';

/** Inputs that are not null: tfjs types all as possibly missing, but required ones never are. */
type Given<Inputs> = { [K in keyof Inputs]: NonNullable<Inputs[K]> };

/**
 * Returns a kernel that computes in tiles if it can. `compute` returns null if the stock kernel is
 * the right choice (no input is in planes, or our kernels do not support the type), and throws
 * NeedsFallback if something that should work does not.
 */
export function tiledKernel<Inputs, Attrs, Result extends Results = TensorInfo>(
  kernelName: string,
  compute: (runner: TileRunner, inputs: Given<Inputs>, attrs: Attrs) => Result | null,
): TiledKernel {
  return {
    kernelName,
    kernelFunc: function kernelFunc({ inputs, attrs, backend }) {
      const runner = runnerOf(backend);
      const call: Call = {
        kernelName,
        inputs: given(inputs),
        again: (replace) =>
          kernelFunc({ inputs: replaced(inputs, replace), attrs, backend }) as TensorInfo,
      };
      try {
        const result = runner.transaction(
          call.inputs,
          () => compute(runner, inputs as unknown as Given<Inputs>, attrs as Attrs),
          call,
        );
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof NeedsFallback)) throw error;
        const fault = runner.hasFault ? stockFault(runner, kernelName) : null;
        if (fault !== null) {
          const result = onCpu(runner, kernelName, inputs, attrs as NamedAttrMap, error);
          runner.stepDown(kernelName, 'stock webgl', 'cpu', fault);
          return result;
        }
        runner.stepDown(kernelName, 'tiles', 'stock webgl', error.message);
      }
      return stockKernel<Results>(runner, kernelName, inputs, attrs);
    },
  };
}

function replaced(
  inputs: NamedTensorInfoMap,
  replace: (input: TensorInfo) => TensorInfo,
): NamedTensorInfoMap {
  const other = (x: TensorInfo | undefined) => (x == null ? x : replace(x));
  // Concat, AddN and Pack have lists of inputs.
  if (Array.isArray(inputs)) return inputs.map(other) as unknown as NamedTensorInfoMap;
  const named = Object.entries(inputs).map(([name, x]) => [name, other(x)]);
  return Object.fromEntries(named);
}

function given(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs).filter((input) => input != null);
}

/**
 * Runs the stock webgl kernel on our backend, or the stock cpu kernel if the device fails. Calls
 * with few values that are on the CPU go to the cpu kernel at once. Stock reports invalid
 * arguments.
 */
export function stockKernel<Result extends Results = TensorInfo>(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): Result {
  if (isOfFewValues(runner, kernelName, inputs, attrs) && hasCPUKernel(kernelName)) {
    return cpuKernel(runner.backend, kernelName, inputs, attrs) as Result;
  }
  const { kernelFunc } = getKernel(kernelName, 'webgl');
  return stockOrCPU(runner, kernelName, kernelFunc, inputs, attrs) as Result;
}

/**
 * Wraps a stock kernel that has no replacement: if the device has no memory for it, or does not
 * compile its program, the cpu kernel computes.
 */
export function inheritedKernel(kernel: KernelConfig): TiledKernel {
  const { kernelName, kernelFunc } = kernel;
  return {
    ...kernel,
    kernelFunc: ({ inputs, attrs, backend }) =>
      stockOrCPU(runnerOf(backend), kernelName, kernelFunc, inputs, attrs),
  };
}

/**
 * Runs the last two rungs of the ladder. Only errors of the device cause a fallback; all other
 * errors are the caller's and are thrown.
 */
function stockOrCPU(
  runner: TileRunner,
  kernelName: string,
  kernelFunc: KernelFunc,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
): Results {
  try {
    return runner.transaction(given(inputs), () =>
      kernelFunc({ inputs, attrs, backend: runner.backend }),
    );
  } catch (error) {
    if (!(error instanceof NeedsFallback)) throw error;
    const result = onCpu(runner, kernelName, inputs, attrs, error);
    runner.stepDown(kernelName, 'stock webgl', 'cpu', error.message);
    return result;
  }
}

/**
 * Runs the cpu kernel.
 * @param cause reason why the device does not compute, thrown if the CPU does not compute either
 */
function onCpu(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
  cause: NeedsFallback,
): Results {
  if (!hasStockCPU()) {
    throw new NeedsFallback(
      `${kernelName}: ${cause.message}; and there is no CPU kernel to fall back to: ` +
        "import '@tensorflow/tfjs-backend-cpu'",
      { cause },
    );
  }
  try {
    return cpuKernel(runner.backend, kernelName, inputs, attrs);
  } catch {
    throw cause;
  }
}
