import { neg, tensor1d } from '@tensorflow/tfjs-core';
import { FEW_VALUES } from '../../../../kernels/webgl/runner.js';

/** Waits until everything that is queued on the backend is done. */
export type Barrier = () => void | Promise<void>;

/**
 * Makes a barrier that reads a small tensor, which a stock kernel computes last. It does the same
 * work on every backend, whatever the layout of the outputs before it. `backend` must be current
 * here and whenever the barrier is used.
 */
export function makeBarrier(backend: string): Barrier {
  // More values than stock or tiled-webgl computes on the CPU, which would not wait for the GPU.
  const given = tensor1d(new Float32Array(2 * FEW_VALUES));
  const probe = neg(given);
  given.dispose();
  // WebGPU can read synchronously only through a canvas. On WebGL, a promise takes longer to
  // resolve than a synchronous read.
  if (backend === 'webgpu') {
    return async () => {
      const last = neg(probe);
      await last.data();
      last.dispose();
    };
  }
  return () => {
    const last = neg(probe);
    last.dataSync();
    last.dispose();
  };
}

/** Returns the cost of a barrier with nothing queued: the least of five, in milliseconds. */
export async function barrierCost(barrier: Barrier): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await barrier();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
