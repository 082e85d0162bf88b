/** Recorded predictions of a loaded net. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { capture } from '../../src/index.js';
import type { LoadedModel } from './model.js';

type Outputs = Tensor[] | Promise<Tensor[]>;

/**
 * Records a net's predictions on the current backend, a tiled one.
 * @param inputs example, which stays its caller's
 * @throws Error that names the net and says why its predictions cannot be recorded
 */
export async function captureModel<Inputs>(
  net: string,
  { graph, run }: LoadedModel<Inputs>,
  inputs: Inputs,
): Promise<{ predict(inputs: Inputs): Outputs; dispose(): void }> {
  const model = (graph ?? run) as typeof run;
  const fast = await capture<Inputs, Outputs>(model, inputs);
  const { captured, reason } = fast.info;
  if (!captured) {
    fast.dispose();
    throw new Error(`capture: ${net} is not recorded: ${reason}`);
  }
  if (graph === undefined) return fast;
  // A graph with one output returns it alone.
  return {
    predict: async (given) => [await fast.predict(given)].flat(),
    dispose: () => fast.dispose(),
  };
}
