/** Planted faults for the fuzz: the backend that they are planted in, and the fuzz's findings. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { type ConvAttrs, convShape } from '../../../kernels/shape/convShape.js';
import { type FuzzOptions, type FuzzReport, fuzz } from '../../fuzz/fuzz.js';
import type { FuzzRequest } from '../../fuzz/options.js';
import { type Bug, plant, uproot } from '../../support/plantedBackend.js';

/** Runs a kernel; if it throws, frees the data that it made. */
function allOrNothing<T>(backend: MathBackendCPU, run: () => T): T {
  const made: tf.TensorInfo['dataId'][] = [];
  const { data } = backend;
  const set = data.set.bind(data);
  data.set = (id, value) => {
    made.push(id);
    return set(id, value);
  };
  try {
    return run();
  } catch (error) {
    for (const id of made.filter((id) => data.has(id))) backend.disposeData(id, true);
    throw error;
  } finally {
    data.set = set;
  }
}

/**
 * Adds a bug to stock cpu, and corrects what is wrong with stock cpu itself: it returns NaN for a
 * leakyrelu without a slope, hangs at strides of 0, and leaves data behind where it throws. It is
 * right about everything else that has a meaning.
 */
const soundBut =
  (bug: Bug): Bug =>
  () => {
    const wrong = bug();
    return (call, right) => {
      const { kernel, inputs } = call;
      const attrs = { ...call.attrs, leakyreluAlpha: call.attrs.leakyreluAlpha ?? 0.2 };
      if (!kernel.includes('Backprop')) {
        const name = kernel.includes('Depthwise') ? 'depthwiseConv2d' : 'conv2d';
        const dataFormat = call.attrs.dataFormat === 'NCHW' ? 'NCHW' : 'NHWC';
        const known = { ...attrs, dataFormat } as unknown as ConvAttrs;
        convShape(name, inputs.x.shape, inputs.filter.shape, known);
      }
      return allOrNothing(call.backend, () =>
        wrong({ ...call, attrs }, (changes) => right({ attrs, ...changes })),
      );
    };
  };

export const request: FuzzRequest = {
  backend: 'tiled-cpu',
  place: 'node',
  runs: 3000,
  seed: 1,
  precision: 'float32',
  path: undefined,
};

export const planted = 'fuzzed';

export async function uprootPlanted(): Promise<void> {
  await tf.setBackend('cpu');
  uproot(planted);
}

/** Returns the fuzz's report on a backend with a bug. */
export async function findIn(bug: Bug, more: Partial<FuzzOptions> = {}): Promise<FuzzReport> {
  plant(planted, soundBut(bug));
  return fuzz({ backend: planted, stock: ['cpu'], runs: 3000, seed: 1, ...more });
}

export function differenceOf(report: FuzzReport): NonNullable<FuzzReport['difference']> {
  if (report.difference === null) throw new Error(`${report.cases} cases, and no difference`);
  return report.difference;
}
