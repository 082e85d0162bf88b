import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  BatchMatMul,
  type BatchMatMulAttrs,
  type DataId,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { defaultLeakyreluAlpha, fusedActivation } from '../shape/fused.js';
import { type Fused, runOnHeap } from './convolution.js';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { product } from './product.js';
import { type HeapArgs, isFloat, sizeOf, stockOr } from './stockOr.js';

interface FusedInputs {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

const asConvolution = { strides: 1, pad: 'valid' } as const;

/** Shapes of filters by the array of a matrix's shape, so that convShape() knows the call again. */
const filterShapes = new WeakMap<readonly number[], readonly number[]>();

function filterShapeOf(shape: readonly number[]): readonly number[] {
  const [k, n] = shape.slice(-2);
  const known = filterShapes.get(shape);
  if (known !== undefined && known[2] === k && known[3] === n) return known;
  const made = [1, 1, k, n];
  filterShapes.set(shape, made);
  return made;
}

/** Data of matrices by which others were multiplied. */
const isUsed = new WeakSet<DataId>();

/**
 * Computes a [.., m, k] times b [k, n] as a convolution of m pixels by a 1x1 filter, which is packed
 * once. Others are computed as products of matrices: b is transposed, or has a matrix for each of a, or
 * was computed, so that it is another filter each time.
 */
function multiply(
  args: HeapArgs<unknown, unknown>,
  a: TensorInfo,
  b: TensorInfo,
  attrs: BatchMatMulAttrs,
  fused: Fused,
): TensorInfo | null {
  const { backend, micro } = args;
  if (!isFloat(a) || !isFloat(b)) return null;
  const [k, n] = b.shape.slice(-2);
  const isOne = sizeOf(b.shape) === k * n && b.shape.length <= a.shape.length;
  const { residents, recorder } = backend;
  // A matrix that was computed, such as a weight that was trained, may be kept and used again.
  const isNew = residents.isOnHeap(b.dataId) && !isUsed.has(b.dataId);
  isUsed.add(b.dataId);
  const isDependent = recorder?.isDependent(b.dataId) === true;
  if (attrs.transposeA || attrs.transposeB || !isOne || isDependent) {
    return product(args, a, b, attrs, fused);
  }
  const once = isNew ? product(args, a, b, attrs, fused) : null;
  if (once !== null) return once;
  if (a.shape.at(-1) !== k) return null;
  const m = sizeOf(a.shape.slice(0, -1));
  const s = convShape('conv2d', [1, 1, m, k], filterShapeOf(b.shape), asConvolution);
  return onHeap(backend, [...a.shape.slice(0, -1), n], (y) =>
    runOnHeap(backend, micro, s, a, b, y, fused),
  );
}

export const matMulKernels: readonly CPUKernel[] = [
  stockOr<{ a: TensorInfo; b: TensorInfo }, BatchMatMulAttrs>(BatchMatMul, (args) =>
    multiply(args, args.inputs.a, args.inputs.b, args.attrs, {
      bias: undefined,
      activation: 'linear',
      slopes: undefined,
      alpha: 0,
    }),
  ),
  stockOr<FusedInputs, _FusedMatMulAttrs>(_FusedMatMul, (args) =>
    multiply(args, args.inputs.a, args.inputs.b, args.attrs, {
      bias: args.inputs.bias,
      activation: fusedActivation(args.attrs.activation),
      slopes: args.inputs.preluActivationWeights,
      alpha: args.attrs.leakyreluAlpha ?? defaultLeakyreluAlpha,
    }),
  ),
];
