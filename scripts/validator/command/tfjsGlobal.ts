import * as cpu from '@tensorflow/tfjs-backend-cpu';
import * as webgl from '@tensorflow/tfjs-backend-webgl';
import * as core from '@tensorflow/tfjs-core';

/**
 * Exposes the run's only tfjs as the global `tf`, where a module that registers a backend finds it.
 */
export function shareTfjs(): void {
  Object.assign(globalThis, { tf: { ...webgl, ...cpu, ...core } });
}
