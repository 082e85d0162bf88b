/** One model on one backend: its runs, and their costs. */
import { backend, dispose, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { linkedPrograms, useBackend } from '../../lib/inPage/backends.js';
import { loadModel } from '../../models/load.js';
import type { ModelInfo } from '../../models/table.js';

export interface Output {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Session {
  readonly backend: string;
  /** Milliseconds of the first run, which compiles and uploads. */
  readonly firstMs: number;
  /** Outputs of the first run. */
  readonly outputs: readonly Output[];
  /** Milliseconds of every later run. */
  readonly times: number[];
  /** Runs the model once more. */
  run(): Promise<void>;
  programs(): number;
  /** Returns the bytes of GPU memory that the backend holds, including what it keeps for reuse. */
  gpuBytes(): Promise<number>;
  /**
   * Returns the number of tensors that the runs left behind, or of the backend's buffers if larger.
   */
  leakedTensors(): number;
  dispose(): Promise<void>;
}

/** Fields that WebGL backends add to tf.memory(). */
interface GpuMemory {
  numBytesInGPU?: number;
  numBytesInGPUAllocated?: number;
}

/**
 * Loads the model anew on a backend and runs it once. A run starts with values in memory and ends
 * when the output's values are in memory.
 * @param makeInput returns the model's input as a new tensor on the current backend
 */
export async function openSession(
  name: string,
  info: ModelInfo,
  makeInput: () => Tensor4D,
): Promise<Session> {
  await useBackend(name);
  const model = await loadModel(info);
  const programsBefore = linkedPrograms(name);
  let leakedTensors = 0;

  async function timed(): Promise<{ ms: number; outputs: Output[] }> {
    await useBackend(name);
    const tensors = memory().numTensors;
    const buffers = backend().numDataIds();
    const start = performance.now();
    const x = makeInput();
    const ys = await model.run(x);
    const values = await Promise.all(ys.map((y) => y.data<'float32'>()));
    const ms = performance.now() - start;
    const outputs = ys.map(({ shape }, i) => ({ shape, values: values[i] }));
    dispose([x, ...ys]);
    leakedTensors += Math.max(memory().numTensors - tensors, backend().numDataIds() - buffers);
    return { ms, outputs };
  }

  const first = await timed();
  const times: number[] = [];
  return {
    backend: name,
    firstMs: first.ms,
    outputs: first.outputs,
    times,
    async run() {
      times.push((await timed()).ms);
    },
    programs: () => linkedPrograms(name) - programsBefore,
    async gpuBytes() {
      await useBackend(name);
      const { numBytesInGPU = 0, numBytesInGPUAllocated = numBytesInGPU } = memory() as GpuMemory;
      return numBytesInGPUAllocated;
    },
    leakedTensors: () => leakedTensors,
    async dispose() {
      await useBackend(name);
      model.dispose();
    },
  };
}
