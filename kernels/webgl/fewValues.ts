/**
 * Kernels on few values that are on the CPU already: boxes, scores, sizes and conditions after a
 * net. They are computed on the CPU because a draw, and the read after it, takes longer than the
 * computation, and control flow waits for it. Stock itself computes many such kernels on the CPU;
 * this file adds others.
 */
import {
  All,
  Any,
  ArgMax,
  ArgMin,
  backend_util,
  ClipByValue,
  Fill,
  type FillAttrs,
  GatherNd,
  LogicalAnd,
  LogicalNot,
  LogicalOr,
  Mean,
  Min,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  PadV2,
  type PadV2Attrs,
  Reciprocal,
  Round,
  Select,
  Sum,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { FEW_VALUES, type TileRunner } from './runner.js';

type Inputs = readonly TensorInfo[];
type SizeOf = (inputs: Inputs, attrs: unknown) => number;

const ofInput: SizeOf = ([x]) => util.sizeFromShape(x.shape);

const ofLargest: SizeOf = (inputs) =>
  Math.max(...inputs.map(({ shape }) => util.sizeFromShape(shape)));

const ofBroadcast: SizeOf = ([a, b]) =>
  util.sizeFromShape(backend_util.assertAndGetBroadcastShape(a.shape, b.shape));

/** Number of values that a kernel reads or makes, whichever is more, by kernel name. */
const sizes = new Map<string, SizeOf>([
  [All, ofInput],
  [Any, ofInput],
  [ArgMax, ofInput],
  [ArgMin, ofInput],
  [ClipByValue, ofInput],
  // Stock computes these on the CPU too, and leaves two tensors behind.
  [GatherNd, ofLargest],
  [LogicalNot, ofInput],
  [Mean, ofInput],
  [Min, ofInput],
  [Reciprocal, ofInput],
  [Round, ofInput],
  [Sum, ofInput],
  [LogicalAnd, ofBroadcast],
  [LogicalOr, ofBroadcast],
  // Filling takes no time, and a kernel that reads the result needs an upload instead of a draw.
  [Fill, (_, attrs) => util.sizeFromShape((attrs as FillAttrs).shape) / 16],
  // The cpu kernel writes the values that paddings below 0 leave out to other places.
  [
    PadV2,
    ([x], attrs) =>
      (attrs as PadV2Attrs).paddings.reduce(
        (size, [before, after], axis) =>
          Math.min(before, after) < 0
            ? Number.POSITIVE_INFINITY
            : size * (before + x.shape[axis] + after),
        1,
      ),
  ],
  // The cpu kernel needs a condition for each value.
  [
    Select,
    ([condition, t]) =>
      util.arraysEqual(condition.shape, t.shape)
        ? util.sizeFromShape(t.shape)
        : Number.POSITIVE_INFINITY,
  ],
]);

export const fewValueKernels = [...sizes.keys()];

/** True if the cpu kernel should compute this call. */
export function isOfFewValues(
  runner: TileRunner,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs?: NamedAttrMap,
): boolean {
  const sizeOf = sizes.get(kernelName);
  if (sizeOf === undefined) return false;
  const given = Object.values(inputs).filter((x) => x != null);
  const isNumeric = given.every(({ dtype }) => dtype !== 'string' && dtype !== 'complex64');
  const isText = typeof (attrs as Partial<FillAttrs> | undefined)?.value === 'string';
  return isNumeric && !isText && runner.computesOnCPU(given) && sizeOf(given, attrs) <= FEW_VALUES;
}
