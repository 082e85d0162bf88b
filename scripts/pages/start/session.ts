/** One model on one backend: its runs, and what they cost. */
import { backend, memory, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { loadModel } from '../../models/load.js';
import type { ModelInfo } from '../../models/table.js';
import { linkedPrograms, useBackend } from '../lib/backends.js';

export interface Session {
  readonly backend: string;
  /** Of the first run, which compiles and uploads. */
  readonly firstMs: number;
  /** Of the first run. */
  readonly output: Float32Array;
  readonly outputShape: readonly number[];
  /** Of every later run. */
  readonly times: number[];
  /** Runs once more. */
  run(): Promise<void>;
  programs(): number;
  /** GPU memory that the backend holds, with what it keeps for reuse. */
  gpuBytes(): Promise<number>;
  /** Tensors, or buffers of the backend, whichever are more, that the runs left behind. */
  leakedTensors(): number;
  dispose(): Promise<void>;
}

/** What WebGL backends add to tf.memory(). */
interface GpuMemory {
  numBytesInGPU?: number;
  numBytesInGPUAllocated?: number;
}

/**
 * Loads the model anew on a backend and runs it once. A run starts with values in memory and ends
 * when the output's values are in memory.
 * @param makeInput the model's input, as a new tensor on the current backend
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

  async function timed(): Promise<{ ms: number; y: Tensor; values: Float32Array }> {
    await useBackend(name);
    const tensors = memory().numTensors;
    const buffers = backend().numDataIds();
    const start = performance.now();
    const x = makeInput();
    const [y] = await model.run(x);
    const values = (await y.data()) as Float32Array;
    const ms = performance.now() - start;
    x.dispose();
    y.dispose();
    leakedTensors += Math.max(memory().numTensors - tensors, backend().numDataIds() - buffers);
    return { ms, y, values };
  }

  const first = await timed();
  const times: number[] = [];
  return {
    backend: name,
    firstMs: first.ms,
    output: first.values,
    outputShape: first.y.shape,
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
