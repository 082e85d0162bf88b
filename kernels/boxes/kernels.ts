/** The kernels of non-max suppression, which read boxes and scores and compute on the CPU on every engine. */
import {
  type KernelBackend,
  type KernelConfig,
  NonMaxSuppressionV3,
  NonMaxSuppressionV4,
  NonMaxSuppressionV5,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { type Chosen, padded, type Suppression, suppress } from './suppression.js';

type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** The part of a backend that this file uses. */
interface Backend extends KernelBackend {
  makeTensorInfo(shape: number[], dtype: 'int32' | 'float32', values: TypedArray): TensorInfo;
}

interface Attrs {
  readonly maxOutputSize: number;
  readonly iouThreshold: number;
  readonly scoreThreshold: number;
  readonly softNmsSigma?: number;
  readonly padToMaxOutputSize?: boolean;
}

type Make = (backend: Backend, chosen: Chosen, attrs: Attrs) => TensorInfo | TensorInfo[];

const indicesOf = (backend: Backend, indices: readonly number[]) =>
  backend.makeTensorInfo([indices.length], 'int32', Int32Array.from(indices));

function kernel(kernelName: string, make: Make): Kernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend: given }) => {
      const backend = given as Backend;
      const { boxes, scores } = inputs as Record<string, TensorInfo>;
      const own = attrs as unknown as Attrs;
      const options: Suppression = {
        most: own.maxOutputSize,
        overlap: own.iouThreshold,
        score: own.scoreThreshold,
        sigma: own.softNmsSigma ?? 0,
      };
      const [ofBoxes, ofScores] = [boxes, scores].map(
        ({ dataId }) => backend.readSync(dataId) as TypedArray,
      );
      return make(backend, suppress(ofBoxes, ofScores, options), own);
    },
  };
}

export const boxKernels: readonly Kernel[] = [
  kernel(NonMaxSuppressionV3, (backend, { indices }) => indicesOf(backend, indices)),
  kernel(NonMaxSuppressionV4, (backend, { indices }, { maxOutputSize, padToMaxOutputSize }) => {
    const count = backend.makeTensorInfo([], 'int32', Int32Array.of(indices.length));
    const all = padToMaxOutputSize ? padded(indices, maxOutputSize) : indices;
    return [indicesOf(backend, all), count];
  }),
  kernel(NonMaxSuppressionV5, (backend, { indices, scores }) => [
    indicesOf(backend, indices),
    backend.makeTensorInfo([scores.length], 'float32', Float32Array.from(scores)),
  ]),
];
