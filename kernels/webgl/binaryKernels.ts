/** Element-wise kernels of two tensors, such as Add, and AddN, the sum of several tensors. */
import {
  Add,
  AddN,
  type BinaryInputs,
  Maximum,
  Minimum,
  Multiply,
  Prelu,
  type PreluInputs,
  RealDiv,
  Sub,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { binary } from './elementwise.js';
import { stockKernel, tiledKernel } from './fallback.js';
import type { BinaryOp } from './glsl/stepFunctions.js';

const simple: readonly (readonly [string, BinaryOp])[] = [
  [Add, 'add'],
  [Sub, 'sub'],
  [Multiply, 'multiply'],
  [Maximum, 'maximum'],
  [Minimum, 'minimum'],
  [RealDiv, 'divide'],
];

export const binaryKernels = [
  ...simple.map(([kernelName, op]) =>
    tiledKernel<BinaryInputs, unknown>(kernelName, (runner, { a, b }) => binary(runner, op, a, b)),
  ),
  tiledKernel<PreluInputs, unknown>(Prelu, (runner, { x, alpha }) =>
    binary(runner, 'prelu', x, alpha),
  ),
  tiledKernel<TensorInfo[], unknown>(AddN, (runner, inputs) => {
    const [first, ...others] = inputs;
    const isLikeFirst = ({ shape }: TensorInfo) => util.arraysEqual(shape, first.shape);
    const takes = others.length > 0 && others.every(isLikeFirst);
    if (!takes || runner.placementOf(first) === null) return null;
    return runner.undeferred(() => {
      let sum = first;
      for (const next of others) {
        const result =
          binary(runner, 'add', sum, next) ?? stockKernel(runner, Add, { a: sum, b: next });
        if (sum !== first) runner.disposeIntermediateTensorInfo(sum);
        sum = result;
      }
      return sum;
    });
  }),
];
