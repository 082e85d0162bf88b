/** Registration of an engine with tfjs: a backend under a name, with stock's kernels and ours. */
import {
  findBackendFactory,
  getKernelsForBackend,
  type KernelBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { checkCall, checkedKernels, type Shapes } from '../kernels/shape/check.js';
import { branded, thisCopy } from './engine/brand.js';
import { type Engine, provide, stockBackends, type TiledBackend } from './engines.js';
import { extendGradients } from './gradients/extend.js';
import { noteFusedCall } from './gradients/fused.js';
import { publicCalls } from './publicCalls.js';
import { extendSuppressions } from './suppressions.js';
import { warnOfCopies } from './tfjsCopies.js';

/**
 * Priority below stock 'cpu' (1) and 'webgl' (2), so that tfjs never chooses these backends itself.
 */
const PRIORITY = 0;

type Kernel = Engine['kernels'][number];

/**
 * Registers the backend of each engine, `tiled-webgl` or `tiled-cpu`. A backend that is already
 * registered keeps its kernels and stays as it is, even if another copy of this package registered
 * it. A second call therefore only restores backends that tf.removeBackend() has removed.
 */
export function registerEngines(...engines: readonly Engine[]): void {
  Object.assign(thisCopy.calls, publicCalls);
  engines.forEach(provide);
  warnOfCopies(stockBackends());
  extendGradients();
  extendSuppressions();
  for (const engine of engines) {
    const name = `tiled-${engine.name}`;
    const make = () => engine.make();
    if (registerIfMissing(name, make)) giveKernels(name, engine);
  }
}

/** Registers a backend of ours; returns false if there is one of that name. */
export function registerIfMissing(name: string, make: () => KernelBackend): boolean {
  if (findBackendFactory(name) != null) return false;
  const start = () => {
    warnOfCopies(stockBackends());
    extendGradients();
    return make();
  };
  return registerBackend(name, branded(start), PRIORITY);
}

/** Registers all kernels of the engine under a backend's name, in place of the kernels it had. */
export function giveKernels(backendName: string, engine: Engine): void {
  for (const { kernelName } of getKernelsForBackend(backendName)) {
    unregisterKernel(kernelName, backendName);
  }
  const all = new Map<string, Kernel>();
  for (const kernel of getKernelsForBackend(engine.stock.name)) {
    all.set(kernel.kernelName, engine.inherit(kernel));
  }
  // Our kernels need a stock kernel to fall back to, which an older tfjs may not have.
  for (const kernel of engine.kernels) {
    if (all.has(kernel.kernelName)) all.set(kernel.kernelName, kernel);
  }
  for (const kernel of all.values()) {
    registerKernel({ ...checked(throughBackend(kernel)), backendName });
  }
}

/** Wraps a kernel, if needed, to reject calls whose result cannot be a tensor. */
function checked(kernel: Kernel): Kernel {
  const { kernelName, kernelFunc } = kernel;
  if (!checkedKernels.includes(kernelName)) return kernel;
  return {
    ...kernel,
    kernelFunc: (params) => {
      checkCall(kernelName, shapesOf(params.inputs), params.attrs ?? {});
      return kernelFunc(params);
    },
  };
}

function shapesOf(inputs: NamedTensorInfoMap): Shapes {
  const given = Object.entries(inputs).filter(([, input]) => input != null);
  return Object.fromEntries(given.map(([name, input]) => [name, (input as TensorInfo).shape]));
}

/** Wraps a kernel to run through the backend, which handles lost contexts and recordings. */
function throughBackend(kernel: Kernel): Kernel {
  return {
    ...kernel,
    kernelFunc: (params: Parameters<KernelConfig['kernelFunc']>[0]) => {
      noteFusedCall(kernel.kernelName, params.attrs);
      return (params.backend as TiledBackend).runKernel(kernel, params);
    },
  };
}
