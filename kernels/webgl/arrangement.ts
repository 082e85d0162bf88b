/** Arrangements of values of other tensors, which are deferred so that kernels can read those instead. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Padding of a tensor with zeros along height and width. */
export interface Padded {
  readonly kind: 'padded';
  /** The tensor before. */
  readonly x: TensorInfo;
  /** Rows of zeros above it, and columns on its left. */
  readonly top: number;
  readonly left: number;
  /** Shape after. Its data may have other shapes as well. */
  readonly shape: readonly number[];
}

/** Concatenation of two images [n, h, w, c] along their channels. */
export interface Joined {
  readonly kind: 'joined';
  readonly inputs: readonly TensorInfo[];
}

/** Arrangement of the values of other tensors, which a kernel may read instead. */
export type Arrangement = Padded | Joined;
