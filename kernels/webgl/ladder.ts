/** The ladder under every kernel of ours: its variants, the stock webgl kernel, the cpu kernel. */
import {
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  type Call,
  ContextLostError,
  StepDown,
  type TiledKernel,
  type TileRunner,
} from '../../src/runner.js';
import { cpuKernel, type Results } from './cpuKernel.js';
import { isOfFewValues } from './fewValues.js';
import { stockFault } from './stockTest.js';

/** tfjs types every named input as possibly missing; those that are not optional never are. */
type Given<Inputs> = { [K in keyof Inputs]: NonNullable<Inputs[K]> };

/**
 * A kernel that computes in tiles where it can. `compute` returns null where the
 * stock kernel is the right choice (nothing lies in planes, a type of ours it is
 * not), and throws StepDown where something that should work does not.
 */
export function tiledKernel<Inputs, Attrs, Result extends Results = TensorInfo>(
  kernelName: string,
  compute: (runner: TileRunner, inputs: Given<Inputs>, attrs: Attrs) => Result | null,
): TiledKernel {
  return {
    kernelName,
    kernelFunc: function kernelFunc({ inputs, attrs, backend }) {
      const runner = backend as unknown as TileRunner;
      const call: Call = {
        kernelName,
        inputs: given(inputs),
        again: (replace) =>
          kernelFunc({ inputs: replaced(inputs, replace), attrs, backend }) as TensorInfo,
      };
      try {
        const result = runner.allOrNothing(
          call.inputs,
          () => compute(runner, inputs as unknown as Given<Inputs>, attrs as Attrs),
          call,
        );
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof StepDown)) throw error;
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
  const named = Object.entries(inputs).map(([name, x]) => [name, x == null ? x : replace(x)]);
  return Object.fromEntries(named);
}

function given(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs).filter((input) => input != null);
}

/**
 * Runs the stock webgl kernel on our backend; if that fails, the stock cpu kernel, which few values
 * that are on the CPU are given at once.
 */
export function stockKernel<Result extends Results = TensorInfo>(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): Result {
  if (isOfFewValues(runner, kernelName, inputs, attrs)) {
    return cpuKernel(runner as unknown as KernelBackend, kernelName, inputs, attrs) as Result;
  }
  const kernel = getKernel(kernelName, 'webgl');
  try {
    return runner.allOrNothing(
      given(inputs),
      () => kernel.kernelFunc({ inputs, attrs, backend: runner }) as Result,
    );
  } catch (error) {
    // The inputs may be gone, and the next context draws what this one did not.
    if (error instanceof ContextLostError) throw error;
    const result = onCpu(runner, kernelName, inputs, attrs, error);
    runner.stepDown(kernelName, 'stock webgl', 'cpu', String(error));
    return result as Result;
  }
}

/**
 * A kernel that is the stock one: where the device has no memory for it, or does not compile its
 * program, the cpu kernel computes.
 */
export function inheritedKernel(kernel: KernelConfig): TiledKernel {
  const { kernelName, kernelFunc } = kernel;
  return {
    ...kernel,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const runner = backend as unknown as TileRunner;
      try {
        return runner.allOrNothing(given(inputs), () => kernelFunc({ inputs, attrs, backend }));
      } catch (error) {
        if (!isOfDevice(error) || getKernel(kernelName, 'cpu') == null) throw error;
        const result = onCpu(runner, kernelName, inputs, attrs, error);
        runner.stepDown(kernelName, 'stock webgl', 'cpu', String(error));
        return result;
      }
    },
  };
}

/** Whether an error is none of the caller's: StepDown, or what stock says of its programs. */
function isOfDevice(error: unknown): boolean {
  return (
    error instanceof StepDown ||
    (error instanceof Error && /^(Failed to (compile|link)|Unable to create)/.test(error.message))
  );
}

/** The cpu kernel. If it fails too, its error is the user's, unless the cause was the device's. */
function onCpu(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
  cause: unknown,
): Results {
  try {
    return cpuKernel(runner as unknown as KernelBackend, kernelName, inputs, attrs);
  } catch (error) {
    throw isOfDevice(cause) ? cause : error;
  }
}
