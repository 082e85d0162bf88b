import type { Padding } from '../codecs.js';
import type { activationNames } from '../convCase.js';

/**
 * Case of a kernel that is no convolution: plain data, which caseId.ts writes as a text. Each
 * kernel reads the fields that its row of kernelTable.ts names.
 */
export interface KernelCase {
  /** Name of the kernel in the validator's table, which is that of tfjs's public op. */
  readonly kernel: string;
  /** Shape of the first tensor. */
  readonly in: readonly number[];
  /** Shape of the second tensor: what is added, the right matrix, the indices. */
  readonly b?: readonly number[];
  /** Shape of a condition. */
  readonly condition?: readonly number[];
  /** Height and width of a pool's window. */
  readonly window?: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly pad?: Padding;
  readonly dilation?: readonly [number, number];
  readonly rounding?: 'floor' | 'round' | 'ceil';
  /** Axes that are reduced or reversed; all where a reduction has none. */
  readonly axes?: readonly number[];
  readonly axis?: number;
  /** Number of leading axes that a gather takes pairwise. */
  readonly batchDims?: number;
  readonly keepDims?: boolean;
  readonly perm?: readonly number[];
  /** Letters of the axes of each tensor and of the result, such as `ab,bc->ac`. */
  readonly equation?: string;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly bias?: readonly number[];
  readonly activation?: (typeof activationNames)[number];
  readonly prelu?: readonly number[];
  readonly alpha?: number;
  /** Height and width of a resized image, or sizes of a slice. */
  readonly size?: readonly number[];
  readonly alignCorners?: boolean;
  readonly halfPixelCenters?: boolean;
  /** Sizes before and after each axis, that are added or cropped, all in a row. */
  readonly pads?: readonly number[];
  /** Value in a padding. */
  readonly value?: number;
  readonly mode?: 'reflect' | 'symmetric';
  readonly begin?: readonly number[];
  readonly reps?: readonly number[];
  readonly block?: readonly number[];
  /** Sizes of the concatenated tensors along the axis. */
  readonly sizes?: readonly number[];
  /** Attributes of an element-wise kernel, such as the ends of a clip. */
  readonly args?: readonly number[];
  /** Type of the inputs; float32 where there is none. */
  readonly type?: 'int32' | 'bool';
  /** Name of the operand with respect to which a gradient is. */
  readonly wrt?: (typeof operandNames)[number];
  /** Type of a cast's result. */
  readonly to?: 'float32' | 'int32' | 'bool';
  /** Kind of values in the inputs; without it, fractions that the kernel is defined for. */
  readonly data?: (typeof kernelDataNames)[number];
  /** Source of the input tensors; without it, they come from values on the CPU. */
  readonly from?: (typeof kernelSourceNames)[number];
  readonly seed: number;
}

/** Operands of the kernels that have several, with respect to each of which there is a gradient. */
export const operandNames = ['a', 'b', 'x', 'mean', 'variance', 'scale', 'offset'] as const;

/**
 * Kinds of values in the inputs of kernels: those of convolutions, and `wide`, fractions of up to
 * 100, where functions saturate.
 */
export const kernelDataNames = ['int', 'wide', 'inf', 'nan', 'zero', 'denormal', 'huge'] as const;

/**
 * Sources of an input tensor: those of convolutions, and `conv`, the result of a convolution that
 * changes no value, which a backend may keep in a layout of its own, or not have computed yet.
 */
export const kernelSourceNames = ['conv', 'gpu', 'slice', 'reshape'] as const;
