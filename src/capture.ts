/** capture(): a model whose predictions are recorded once and made again without tfjs. */
import {
  dispose,
  engine,
  type NamedTensorMap,
  type Tensor,
  type TypedArray,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { CapturedModel, type CaptureInfo } from './capture/captured.js';
import { type Flat, flatten } from './capture/containers.js';
import type { Recorder } from './capture/engine.js';
import { type CutGraph, cutGraphOf } from './capture/graph.js';
import { engineOf, onBackend } from './runningEngine.js';
import { disposeSince, mark, predictorOf, type Tunable } from './tune/model.js';

export interface CaptureOptions {
  /**
   * Name of a running tiled backend; by default the active backend if it is a tiled one, else
   * `tiled`.
   */
  readonly backend?: string;
  /**
   * Number of kinds of inputs (shapes, types, places on the GPU) of which recordings are kept; those
   * used last are. Default: 4.
   */
  readonly kinds?: number;
}

/** A model whose predictions are recorded. */
export interface Captured<Inputs, Outputs> {
  /**
   * Predicts, from a recording where there is one, otherwise eagerly; the bits are the same. Takes and
   * returns what the model does. The caller disposes of the outputs.
   */
  predict(inputs: Inputs): Outputs;
  /** Gives up all recordings with their memory; the model itself stays. */
  dispose(): void;
  /** Says what is recorded, or why it is not. */
  readonly info: CaptureInfo;
}

const DEFAULT_KINDS = 4;

/** Predictions of capture() itself: two eager ones, one that is recorded, its checks, one to spare. */
const MOST_PREDICTIONS = 6;

/** The prediction with other values than the recorded one had. */
const WITH_OTHERS = 3;

/**
 * Records what a prediction tells the GPU, to tell it again without tfjs's work in between. On
 * inputs of the same shapes and types, `predict()` then costs a small part of the calling thread's time.
 *
 * ```js
 * const fast = await capture(model, x);
 * const y = fast.predict(x); // the bits of model.predict(x)
 * fast.dispose();
 * ```
 *
 * A recording is checked against eager predictions before it is used. It is given up when a weight is
 * disposed of or assigned to, the context is lost, a flag is set or memory is short, and made anew from
 * one of the next predictions. Until then the model runs eagerly, as it does while gradients are
 * computed, in `tf.profile()`, `tf.time()` and debug mode, and where it cannot be recorded:
 * `info.reason` says why.
 *
 * Of a GraphModel with control flow or results by value (non-max suppression), the part before those is
 * recorded; its predictions are promises, as those of `executeAsync()` are.
 *
 * @param model has `predict` or `execute`, or is a function of tensors whose results depend on nothing
 *   but its inputs and weights
 * @param inputs of the kind that will be predicted; they are not disposed of
 * @throws Error if the backend is not a tiled one or an argument is wrong; any error that the model throws
 */
export async function capture<Inputs, Outputs = Tensor>(
  model: Tunable<Inputs>,
  inputs: Inputs,
  options: CaptureOptions = {},
): Promise<Captured<Inputs, Outputs>> {
  const call = predictorOf('capture', model) as (inputs: unknown) => unknown;
  const { tensors, rebuild } = flatten('capture: inputs', inputs);
  const { kinds = DEFAULT_KINDS } = options;
  if (!Number.isInteger(kinds) || kinds < 1) {
    throw new Error(`capture: kinds must be an integer of at least 1; got ${kinds}`);
  }
  const { name, backend, elsewhere } = engineOf<typeof capture>('capture', options.backend);
  if (elsewhere) return elsewhere(model, inputs, { ...options, backend: name });
  return onBackend(name, async () => {
    const recorder = backend.captures as Recorder;
    const graph = cutGraphOf(model, (x) => recorder.valuesOnCPU(x));
    if (graph !== null) return captureGraph<Inputs, Outputs>(graph, recorder, inputs, kinds);
    const captured = new CapturedModel(engine().backend, recorder, call, kinds);
    // Copies, because a first prediction may send them to the GPU, or move the heap that they are in.
    const values = tensors.map((x) => recorder.valuesOnCPU(x)?.slice() ?? null);
    try {
      await learn(captured, tensors, values, rebuild);
    } catch (error) {
      captured.dispose();
      throw error;
    }
    return captured as unknown as Captured<Inputs, Outputs>;
  });
}

/** Captures the middle part of a graph; its predictions are promises, as those of executeAsync() are. */
async function captureGraph<Inputs, Outputs>(
  graph: CutGraph,
  recorder: Recorder,
  inputs: Inputs,
  kinds: number,
): Promise<Captured<Inputs, Outputs>> {
  const call = (values: unknown) => graph.middle(values as NamedTensorMap);
  const captured = new CapturedModel(engine().backend, recorder, call, kinds);
  const middle = (values: NamedTensorMap) => captured.predict(values) as NamedTensorMap;
  const predict = (given: Inputs) => graph.predict(given, middle) as Outputs;
  const end = () => {
    captured.dispose();
    graph.dispose();
  };
  try {
    for (let i = 0; i < MOST_PREDICTIONS && !captured.info.captured; i++) {
      const before = mark();
      disposeSince(before, await predict(inputs));
      await captured.checking;
    }
  } catch (error) {
    end();
    throw error;
  }
  return {
    predict,
    dispose: end,
    get info() {
      return captured.info;
    },
  };
}

/** Predicts until the recording is in use, or cannot be. */
async function learn(
  captured: CapturedModel,
  tensors: readonly Tensor[],
  values: readonly (TypedArray | null)[],
  rebuild: Flat['rebuild'],
): Promise<void> {
  for (let i = 0; i < MOST_PREDICTIONS && !captured.info.captured; i++) {
    // A recording that had taken a value of its inputs for a constant would give it again.
    const isOther = i === WITH_OTHERS && values.every((known) => known !== null);
    const inputs = tidy(() =>
      tensors.map((x, j) => (isOther ? rotated(x, values[j] as TypedArray) : x.clone())),
    );
    try {
      await predictOnce(captured, rebuild(inputs));
    } finally {
      dispose(inputs);
    }
  }
}

async function predictOnce(captured: CapturedModel, inputs: unknown): Promise<void> {
  const before = mark();
  const outputs = await captured.predict(inputs);
  try {
    await Promise.all(
      flatten('the result of the model', outputs).tensors.map((output) => output.data()),
    );
    await captured.checking;
  } finally {
    disposeSince(before, outputs);
  }
}

/** Returns a tensor with the same values in another order. */
function rotated({ shape, dtype }: Tensor, values: TypedArray): Tensor {
  const turned = values.slice();
  for (const [i, value] of values.entries()) turned[(i + 1) % values.length] = value;
  return tensor(turned, shape, dtype);
}
