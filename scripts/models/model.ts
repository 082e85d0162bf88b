/** A net that has been loaded into the current backend. */
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor } from '@tensorflow/tfjs-core';

/** @template Inputs what a prediction takes: one tensor, or a list of them */
export interface LoadedModel<Inputs = Tensor> {
  /**
   * Runs the model on its input; a promise only if the model has control flow. The caller disposes
   * the results.
   */
  run(x: Inputs): Tensor[] | Promise<Tensor[]>;
  /** Model to capture in place of run(): a graph with control flow. */
  readonly graph?: GraphModel;
  /** Returns the weights, which still belong to the model. */
  weights(): Tensor[];
  dispose(): void;
}
