/** The models that tune() and warmUp() run. */
import { scalar, type TensorContainer, tensor_util } from '@tensorflow/tfjs-core';

/** A GraphModel, a LayersModel, or a function, async or not, that predicts. */
export type Tunable<Inputs> =
  | ((inputs: Inputs) => unknown)
  | { predict(inputs: Inputs): unknown }
  | { execute(inputs: Inputs): unknown }
  | { executeAsync(inputs: Inputs): Promise<unknown> };

/**
 * A function that predicts, whatever the model is.
 * @throws Error where it is none
 */
export function predictorOf<Inputs>(
  caller: string,
  model: Tunable<Inputs>,
): (inputs: Inputs) => unknown {
  if (typeof model === 'function') return model;
  const { predict, execute, executeAsync } = (model ?? {}) as Partial<
    Record<string, (inputs: Inputs) => unknown>
  >;
  const sync = predict ?? execute;
  if (typeof (sync ?? executeAsync) !== 'function') {
    throw new Error(
      `${caller}: model must be a function or have predict, execute or executeAsync; ` +
        `got ${model === null ? 'null' : typeof model}`,
    );
  }
  return (inputs) => {
    try {
      if (sync) return sync.call(model, inputs);
    } catch (error) {
      // Graphs with control flow run by executeAsync only.
      if (!executeAsync) throw error;
    }
    return executeAsync?.call(model, inputs);
  };
}

/** A moment, as the id of a tensor: those made after it have larger ones. */
export function mark(): number {
  const tensor = scalar(0);
  tensor.dispose();
  return tensor.id;
}

/** Disposes of the tensors in `outputs` that are new: an input or a weight that is returned stays. */
export function disposeSince(before: number, outputs: unknown): void {
  if (outputs == null) return;
  for (const tensor of tensor_util.getTensorsInContainer(outputs as TensorContainer)) {
    if (tensor.id > before) tensor.dispose();
  }
}
