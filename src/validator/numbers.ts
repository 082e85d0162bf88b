/** Types of values that a tensor of a case can have. */
export type NumbersType = 'float32' | 'int32' | 'bool';

/** Values, and their shape in tfjs. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** Type of the tensor: float32 where it is not given. */
  readonly dtype?: NumbersType;
}
