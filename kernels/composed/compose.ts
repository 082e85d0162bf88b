/** Kernels that are made of an engine's other kernels. */
import {
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  Reshape,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

export type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** Inputs by name, or the list of them. */
type Inputs = NamedTensorInfoMap | readonly TensorInfo[];

/** Runs one of the engine's kernels, or stock's where the engine has none. The result is disposed of later. */
export type Run = (kernelName: string, inputs: Inputs, attrs: NamedAttrMap) => TensorInfo;

/** Calls a stock kernel by its name. */
export type CallStock = (
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  backend: KernelBackend,
) => TensorInfo;

/** A kernel that is made of others. */
export interface Composed {
  readonly kernelName: string;
  /** Computes by other kernels; returns null, before it runs one, for what the stock kernel should compute. */
  compute(inputs: NamedTensorInfoMap, attrs: NamedAttrMap, run: Run): TensorInfo | null;
}

/** The part of a backend that this file uses. */
interface Backend extends KernelBackend {
  disposeIntermediateTensorInfo(x: TensorInfo): void;
}

/**
 * Returns the kernel of an engine. Each kernel that it runs has its own fallbacks.
 * @param kernels the engine's own kernels
 */
export function compose(
  { kernelName, compute }: Composed,
  kernels: readonly Kernel[],
  callStock: CallStock,
): Kernel {
  const functions = new Map(kernels.map((kernel) => [kernel.kernelName, kernel.kernelFunc]));
  return {
    kernelName,
    kernelFunc: (args) => {
      const backend = args.backend as Backend;
      const attrs = (args.attrs ?? {}) as NamedAttrMap;
      const made: TensorInfo[] = [];
      let result: TensorInfo | null = null;
      try {
        result = compute(args.inputs, attrs, (name, given, attributes) => {
          const inputs = given as NamedTensorInfoMap;
          const own = functions.get(name)?.({ inputs, attrs: attributes, backend });
          const y = (own as TensorInfo | undefined) ?? callStock(name, inputs, attributes, backend);
          made.push(y);
          return y;
        });
      } finally {
        for (const x of made) if (x !== result) backend.disposeIntermediateTensorInfo(x);
      }
      return result ?? callStock(kernelName, args.inputs, attrs, backend);
    },
  };
}

/** Returns x in another shape of as many values. */
export const reshaped = (run: Run, x: TensorInfo, shape: readonly number[]): TensorInfo =>
  run(Reshape, { x }, { shape: [...shape] });
