/** Correct backend with one planted fault. */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/** Arguments of a convolution kernel, as far as a bug may change them. */
export interface Call {
  readonly kernel: string;
  readonly backend: MathBackendCPU;
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Computes a call with the right kernel; `changes` replaces some inputs or attributes. */
export type Right = (changes?: Partial<Pick<Call, 'inputs' | 'attrs'>>) => tf.TensorInfo;

/** Makes the wrong kernel; what it remembers between calls is stored in its closure. */
export type Bug = () => (call: Call, right: Right) => tf.TensorInfo;

const JUDGED = [
  'Conv2D',
  'FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
];

/**
 * Registers a copy of stock 'cpu' under `name`, with the bug in it.
 * @param judged names of the kernels that may have it
 */
export function plant(name: string, bug: Bug, judged: readonly string[] = JUDGED): void {
  const wrong = bug();
  for (const config of tf.getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = config;
    const planted: tf.KernelFunc = (params) => {
      const inputs = params.inputs as unknown as Call['inputs'];
      const attrs = params.attrs as Call['attrs'];
      const call = { kernel: kernelName, backend: params.backend as MathBackendCPU, inputs, attrs };
      return wrong(call, (changes = {}) => {
        const changed = {
          inputs: { ...inputs, ...changes.inputs },
          attrs: { ...attrs, ...changes.attrs },
        };
        return kernelFunc({ ...params, ...changed } as typeof params) as tf.TensorInfo;
      });
    };
    const isJudged = judged.includes(kernelName);
    tf.registerKernel({
      ...config,
      backendName: name,
      kernelFunc: isJudged ? planted : kernelFunc,
    });
  }
  tf.registerBackend(name, () => new MathBackendCPU(), 0);
}

/** Removes what `plant` registered. */
export function uproot(name: string): void {
  for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
  tf.removeBackend(name);
}
