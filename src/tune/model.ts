/** Models that tune() and warmUp() run. */
import { scalar, type TensorContainer, tensor_util } from '@tensorflow/tfjs-core';

/** A GraphModel, a LayersModel, or a synchronous or asynchronous function that predicts. */
export type Tunable<Inputs> =
  | ((inputs: Inputs) => unknown)
  | { predict(inputs: Inputs): unknown }
  | { execute(inputs: Inputs): unknown }
  | { executeAsync(inputs: Inputs): Promise<unknown> };

/**
 * Returns a function that predicts, for any kind of model.
 * @throws Error if the model is neither a function nor an object with a method that predicts
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
      // Graphs with control flow run only through executeAsync.
      if (!executeAsync) throw error;
    }
    return executeAsync?.call(model, inputs);
  };
}

/** Marks a moment by returning a tensor id; tensors made later have larger ids. */
export function mark(): number {
  const tensor = scalar(0);
  tensor.dispose();
  return tensor.id;
}

/**
 * Disposes of the tensors in `outputs` that are newer than the mark `before`, but not of an input
 * or a weight that the model returns.
 */
export function disposeSince(before: number, outputs: unknown): void {
  if (outputs == null) return;
  for (const tensor of tensor_util.getTensorsInContainer(outputs as TensorContainer)) {
    if (tensor.id > before) tensor.dispose();
  }
}
