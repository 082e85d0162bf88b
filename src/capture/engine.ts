/** The part of an engine that a captured model uses. */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** A prediction that can be made again. */
export interface Recording<Bound> {
  readonly steps: number;
  readonly constants: number;
  /** Kernels that are called again, by name. */
  readonly hostSteps: Readonly<Record<string, number>>;
  /** Bytes that it holds and that nobody else may use. */
  readonly bytes: number;
  /** Why it cannot be made again any more; null if it can. */
  whyNot(): string | null;
  /** Makes the prediction again; returns new tensors of the backend. */
  replay(inputs: Bound): TensorInfo[];
  drop(reason: string): void;
}

/** Inputs of one prediction, where a recording finds them. */
export interface BoundInputs {
  /** The same for all inputs that one recording can be made again with. */
  readonly key: string;
  release(): void;
}

export interface Recorder<Bound extends BoundInputs = BoundInputs> {
  bind(inputs: readonly Tensor[]): Bound;
  /** Records a prediction, or returns why it cannot be made again. */
  record(
    predict: (inputs: readonly Tensor[]) => readonly Tensor[],
    inputs: Bound,
  ): Recording<Bound> | string;
  /** True while tf.time() measures kernels. */
  readonly isTimed: boolean;
}
