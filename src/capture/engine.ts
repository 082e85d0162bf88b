/** The part of an engine that a captured model uses. */
import type { Tensor, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

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
  /**
   * Makes the prediction again; returns new tensors of the backend.
   * @throws Error if there is no room for the outputs, or a kernel behaves in another way
   */
  replay(inputs: Bound): TensorInfo[];
  drop(reason: string): void;
}

/** Inputs of one prediction, where a recording finds them. */
export interface BoundInputs {
  /** The same for all inputs that one recording can be made again with. */
  readonly key: string;
  release(): void;
}

/** Reason why a prediction was not recorded. */
export interface Refusal {
  readonly reason: string;
  /** True if the same prediction can be recorded at no other time. */
  readonly isFinal: boolean;
}

export interface Recorder<Bound extends BoundInputs = BoundInputs> {
  /** Makes inputs ready for a recording; a text says why there can be none now. */
  bind(inputs: readonly Tensor[]): Bound | string;
  record(
    predict: (inputs: readonly Tensor[]) => readonly Tensor[],
    inputs: Bound,
  ): Recording<Bound> | Refusal;
  /** Values of a tensor that are on the CPU; null if a read would be needed. */
  valuesOnCPU(x: Tensor): TypedArray | null;
  /** Number of kernels so far that gave other bits than usual, because there was no room. */
  readonly fallbacks: number;
  /** True while a prediction is recorded. */
  readonly isRecording: boolean;
  /** True while tf.time() measures kernels. */
  readonly isTimed: boolean;
}
