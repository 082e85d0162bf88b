/** One net on one backend. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend, dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import { TiledWebGLBackend, warmUp } from '../../../../src/index.js';
import { linkedPrograms, useBackend } from '../../../lib/inPage/backends.js';
import { captureModel } from '../../../models/captureModel.js';
import type { LoadedModel } from '../../../models/model.js';

export interface Prediction {
  ms: number;
  /** Values of each output. */
  values: Float32Array[];
}

/** Resources that a backend holds between predictions. */
export interface Held {
  tensors: number;
  bytes: number;
  /** Bytes of GPU memory, including what is kept for reuse; 0 on the CPU. */
  gpuBytes: number;
  /** Number of WebGL textures, including textures kept for reuse. */
  textures: number;
}

/** Returns the most of each resource. */
export function mostOf(a: Held, b: Held): Held {
  return {
    tensors: Math.max(a.tensors, b.tensors),
    bytes: Math.max(a.bytes, b.bytes),
    gpuBytes: Math.max(a.gpuBytes, b.gpuBytes),
    textures: Math.max(a.textures, b.textures),
  };
}

export interface Contestant {
  readonly backend: string;
  /** Makes the backend current and predicts. Timing starts and ends with values in memory. */
  predict(): Promise<Prediction>;
  /**
   * Records the predictions of a tiled backend, and predicts from the recording from then on.
   * @throws Error that names the net and says why its predictions cannot be recorded
   */
  capture(net: string): Promise<void>;
  /** Runs warmUp() on a tiled backend; returns milliseconds. */
  warmUp(): Promise<number>;
  held(): Promise<Held>;
  /** Returns the number of WebGL programs linked since the net was loaded. */
  programs(): number;
  dispose(): Promise<void>;
}

/** Fields that WebGL backends add to tf.memory(). */
interface GpuMemory {
  numBytesInGPU?: number;
  numBytesInGPUAllocated?: number;
}

/**
 * Returns the bytes of GPU memory that the current backend holds, including what it keeps for
 * reuse.
 */
export function gpuBytes(): number {
  const { numBytesInGPU = 0, numBytesInGPUAllocated = numBytesInGPU } = memory() as GpuMemory;
  return numBytesInGPUAllocated;
}

/** Returns the number of textures that the current backend holds. */
function textures(): number {
  const engine = backend();
  if (!(engine instanceof MathBackendWebGL)) return 0;
  const manager = engine.getTextureManager();
  const stock = manager.getNumUsedTextures() + manager.getNumFreeTextures();
  return stock + (engine instanceof TiledWebGLBackend ? engine.device.planes.textures : 0);
}

/**
 * Loads a net anew on a backend, which must be registered.
 * @param load loads the net into the current backend
 * @param makeInputs makes the inputs as new tensors on the current backend
 */
export async function openContestant<Inputs extends Tensor | Tensor[]>(
  name: string,
  load: () => Promise<LoadedModel<Inputs>>,
  makeInputs: () => Inputs,
): Promise<Contestant> {
  await useBackend(name);
  const model = await load();
  const programsBefore = linkedPrograms(name);
  let fast: Awaited<ReturnType<typeof captureModel<Inputs>>> | null = null;
  return {
    backend: name,
    async predict() {
      await useBackend(name);
      const start = performance.now();
      const x = makeInputs();
      const outputs = await (fast === null ? model.run(x) : fast.predict(x));
      const values: Float32Array[] = [];
      for (const y of outputs) {
        // On WebGL, waiting for a promise takes longer than necessary; WebGPU offers nothing else.
        const read = name === 'webgpu' ? await y.data() : y.dataSync();
        values.push(Float32Array.from(read));
      }
      const ms = performance.now() - start;
      dispose([x, ...outputs]);
      return { ms, values };
    },
    async capture(net) {
      await useBackend(name);
      const x = makeInputs();
      fast = await captureModel(net, model, x);
      dispose(x);
    },
    async warmUp() {
      await useBackend(name);
      const start = performance.now();
      const x = makeInputs();
      await warmUp((y: Inputs) => model.run(y), x);
      dispose(x);
      return performance.now() - start;
    },
    async held() {
      await useBackend(name);
      const { numTensors, numBytes } = memory();
      const tensors = Math.max(numTensors, backend().numDataIds());
      return { tensors, bytes: numBytes, gpuBytes: gpuBytes(), textures: textures() };
    },
    programs: () => linkedPrograms(name) - programsBefore,
    async dispose() {
      await useBackend(name);
      fast?.dispose();
      model.dispose();
    },
  };
}
