/** Frame of known-answer tests of kernels that sum products. */
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { tolerances } from './programs/knownAnswer.js';
import { range } from './programs/source.js';
import type { TileRunner } from './runner.js';

/** Tensor of a test, with its values. */
export interface Whole {
  readonly info: TensorInfo;
  readonly values: Float32Array;
}

/**
 * Returns what is wrong with the sums that a kernel computes, in words; null if they are right. The
 * tensors of the test are disposed of.
 * @param compute computes the sums from tensors that `tensor` makes, and what they should be; tensors of
 *   different factors differ in their values, which are whole and so small that sums are exact in every order
 */
export function sumsFault(
  runner: TileRunner,
  compute: (tensor: (shape: readonly number[], factor: number) => Whole) => {
    readonly sums: TensorInfo;
    readonly wanted: readonly number[];
  },
): string | null {
  const made: TensorInfo[] = [];
  const tensor = (shape: readonly number[], factor: number): Whole => {
    const size = shape.reduce((a, b) => a * b);
    const values = Float32Array.from(range(size), (i) => 1 + ((i * factor) % 7));
    const info = runner.makeTensorInfo([...shape], 'float32', values);
    made.push(info);
    return { info, values };
  };
  try {
    const { sums, wanted } = compute(tensor);
    made.push(sums);
    const answer = runner.backend.readSync(sums.dataId) as TypedArray;
    const room = tolerances[runner.limits.precision];
    const at = wanted.findIndex((sum, i) => !(Math.abs(answer[i] - sum) <= room * sum));
    if (at < 0) return null;
    return `self-test: value ${at} of [${sums.shape}] is ${answer[at]} and not ${wanted[at]}`;
  } finally {
    for (const info of made) runner.disposeIntermediateTensorInfo(info);
  }
}
