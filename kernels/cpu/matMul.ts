import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  BatchMatMul,
  type BatchMatMulAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { defaultLeakyreluAlpha, fusedActivation } from '../shape/fused.js';
import { type Fused, runOnHeap } from './convolution.js';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { type HeapArgs, isFloat, sizeOf, stockOr } from './stockOr.js';

interface FusedInputs {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

const once = { strides: 1, pad: 'valid' } as const;

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

/**
 * Computes a [.., m, k] times b [k, n] as a convolution of m pixels by a 1x1 filter. Returns null
 * if b has a separate matrix for each matrix of a, or if a or b is transposed.
 */
function multiply(
  { backend, micro }: HeapArgs<unknown, unknown>,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: BatchMatMulAttrs,
  fused: Fused,
): TensorInfo | null {
  const [k, n] = b.shape.slice(-2);
  const isOne = sizeOf(b.shape) === k * n;
  if (!isFloat(a) || !isFloat(b) || transposeA || transposeB || !isOne) return null;
  if (a.shape.at(-1) !== k || b.shape.length > a.shape.length) return null;
  const m = sizeOf(a.shape.slice(0, -1));
  const s = convShape('conv2d', [1, 1, m, k], filterShapeOf(b.shape), once);
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
