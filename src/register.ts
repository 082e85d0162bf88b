/** Gives the engines their names and kernels: the one place that sees both. */
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
import { webglKernels } from '../kernels/webgl/index.js';
import { inheritedKernel } from '../kernels/webgl/ladder.js';
import type { TiledKernel } from '../kernels/webgl/runner.js';
import { chooseEngine, type Engine } from './chooseEngine.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { branded, thisCopy } from './engine/brand.js';
import { publicCalls } from './publicCalls.js';
import { warnOfCopies } from './tfjsCopies.js';
import { recallTuning } from './tuning.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

/** Below stock 'cpu' (1) and 'webgl' (2): nobody gets these backends without asking. */
const PRIORITY = 0;

/** Which stock backend an engine inherits from, and what replaces its kernels. */
const engines: Record<Engine, { stock: string; kernels: readonly TiledKernel[] }> = {
  webgl: { stock: 'webgl', kernels: webglKernels },
  cpu: { stock: 'cpu', kernels: cpuKernels },
};

Object.assign(thisCopy.calls, publicCalls);

/** What makes each backend. */
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
 * Registers `tiled-webgl`, `tiled-cpu` and `tiled`, which chooses between them
 * when it is first used. Those that are registered stay as they are, kernels too, be they of
 * another copy of this package: a second call brings back what tf.removeBackend() has taken away,
 * and nothing else.
 */
export function registerTiled(): void {
  warnOfCopies();
  const missing = Object.entries(backends).filter(([name]) => findBackendFactory(name) == null);
  if (missing.length === 0) return;
  for (const [name, make] of missing) {
    if (name !== 'tiled') giveKernels(name, name === 'tiled-webgl' ? 'webgl' : 'cpu');
    const start = () => {
      warnOfCopies();
      return make();
    };
    registerBackend(name, branded(start), PRIORITY);
  }
}

/** All kernels of the engine under a backend's name, instead of those it had. */
function giveKernels(backendName: string, engine: Engine): void {
  const { stock, kernels } = engines[engine];
  for (const { kernelName } of getKernelsForBackend(backendName)) {
    unregisterKernel(kernelName, backendName);
  }
  const all = new Map<string, TiledKernel>();
  for (const kernel of getKernelsForBackend(stock)) {
    all.set(kernel.kernelName, engine === 'webgl' ? inheritedKernel(kernel) : kernel);
  }
  // What an older tfjs does not have, ours cannot fall back to.
  for (const kernel of kernels) if (all.has(kernel.kernelName)) all.set(kernel.kernelName, kernel);
  for (const kernel of all.values()) {
    registerKernel({ ...checked(engine === 'webgl' ? onContext(kernel) : kernel), backendName });
  }
}

/** The kernel, for calls whose result a tensor can be. */
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

/** The kernel, run by the engine, which knows what to do when the context is lost. */
function onContext(kernel: TiledKernel): TiledKernel {
  return {
    ...kernel,
    kernelFunc: (params) => (params.backend as TiledWebGLBackend).runKernel(kernel, params),
  };
}
