/**
 * Registration of the engines with tfjs, under their names and with their kernels. Only this file
 * sees both engines and kernels.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import {
  findBackendFactory,
  getKernelsForBackend,
  type KernelBackend,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { cpuKernels } from '../kernels/cpu/index.js';
import { checkCall, checkedKernels, type Shapes } from '../kernels/shape/check.js';
import { inheritedKernel } from '../kernels/webgl/fallback.js';
import { webglKernels } from '../kernels/webgl/index.js';
import type { TiledKernel } from '../kernels/webgl/runner.js';
import { chooseEngine, type Engine } from './chooseEngine.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { branded, thisCopy } from './engine/brand.js';
import { extendGradients } from './gradients/extend.js';
import { noteFusedCall } from './gradients/fused.js';
import { publicCalls } from './publicCalls.js';
import { warnOfCopies } from './tfjsCopies.js';
import { recallTuning } from './tuning.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

/**
 * Priority below stock 'cpu' (1) and 'webgl' (2), so that tfjs never chooses these backends itself.
 */
const PRIORITY = 0;

/** Stock backend that each engine inherits from, and the kernels that replace stock's kernels. */
const engines: Record<Engine, { stock: string; kernels: readonly TiledKernel[] }> = {
  webgl: { stock: 'webgl', kernels: webglKernels },
  cpu: { stock: 'cpu', kernels: cpuKernels },
};

Object.assign(thisCopy.calls, publicCalls);

/** Factory of each backend. */
const backends: Readonly<Record<string, () => KernelBackend>> = {
  'tiled-webgl': () => recallTuning(new TiledWebGLBackend()),
  'tiled-cpu': () => new TiledCPUBackend(),
  tiled: () => {
    const { engine, backend } = chooseEngine();
    giveKernels('tiled', engine);
    return backend instanceof TiledWebGLBackend ? recallTuning(backend) : backend;
  },
};

/**
 * Registers `tiled-webgl`, `tiled-cpu` and `tiled`, which chooses between the other two when it is
 * first used. Backends that are already registered keep their kernels and stay as they are, even if
 * another copy of this package registered them. A second call therefore only restores backends that
 * tf.removeBackend() has removed.
 */
export function registerTiled(): void {
  warnOfCopies();
  extendGradients();
  const missing = Object.entries(backends).filter(([name]) => findBackendFactory(name) == null);
  if (missing.length === 0) return;
  for (const [name, make] of missing) {
    if (name !== 'tiled') giveKernels(name, name === 'tiled-webgl' ? 'webgl' : 'cpu');
    const start = () => {
      warnOfCopies();
      extendGradients();
      return make();
    };
    registerBackend(name, branded(start), PRIORITY);
  }
}

/** Registers all kernels of the engine under a backend's name, in place of the kernels it had. */
function giveKernels(backendName: string, engine: Engine): void {
  const { stock, kernels } = engines[engine];
  for (const { kernelName } of getKernelsForBackend(backendName)) {
    unregisterKernel(kernelName, backendName);
  }
  const all = new Map<string, TiledKernel>();
  for (const kernel of getKernelsForBackend(stock)) {
    all.set(kernel.kernelName, engine === 'webgl' ? inheritedKernel(kernel) : kernel);
  }
  // Our kernels need a stock kernel to fall back to, which an older tfjs may not have.
  for (const kernel of kernels) if (all.has(kernel.kernelName)) all.set(kernel.kernelName, kernel);
  for (const kernel of all.values()) {
    registerKernel({ ...checked(throughBackend(kernel)), backendName });
  }
}

/** Wraps a kernel, if needed, to reject calls whose result cannot be a tensor. */
function checked(kernel: TiledKernel): TiledKernel {
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
function throughBackend(kernel: TiledKernel): TiledKernel {
  return {
    ...kernel,
    kernelFunc: (params) => {
      noteFusedCall(kernel.kernelName, params.attrs);
      return (params.backend as TiledWebGLBackend | TiledCPUBackend).runKernel(kernel, params);
    },
  };
}
