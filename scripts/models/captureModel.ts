/** Recorded predictions of a loaded net. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Captured, capture } from '../../src/index.js';
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
): Promise<Captured<Inputs, Outputs>> {
  const model = (graph ?? run) as typeof run;
  const fast = await capture<Inputs, Outputs>(model, inputs);
  const { captured, reason } = fast.info;
  if (captured) return fast;
  fast.dispose();
  throw new Error(`capture: ${net} is not recorded: ${reason}`);
}
