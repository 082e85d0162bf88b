import { Add, AddN, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { binary } from './elementwise.js';
import { stockKernel, tiledKernel } from './fallback.js';
import { many } from './many.js';
import type { TileRunner } from './runner.js';

/** AddN in one step, or, if a program cannot read so many textures, two tensors at a time. */
export const addNKernel = tiledKernel<TensorInfo[], unknown>(AddN, (runner, inputs) => {
  const [first, ...others] = inputs;
  const isLikeFirst = ({ shape, dtype }: TensorInfo) =>
    util.arraysEqual(shape, first.shape) && dtype === 'float32';
  const isInPlanes = inputs.some((x) => runner.placementOfData(x) !== null);
  if (!isInPlanes || others.length === 0 || !inputs.every(isLikeFirst)) return null;
  return many(runner, 'addN', inputs) ?? runner.undeferred(() => twoAtATime(runner, inputs));
});

function twoAtATime(runner: TileRunner, [first, ...others]: readonly TensorInfo[]): TensorInfo {
  let sum = first;
  for (const next of others) {
    const result =
      binary(runner, 'add', sum, next) ?? stockKernel(runner, Add, { a: sum, b: next });
    if (sum !== first) runner.disposeIntermediateTensorInfo(sum);
    sum = result;
  }
  return sum;
}
