/** Adapts tfjs models to the models of a soak. */
import { dispose, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../../../scripts/models/model.js';
import { capture } from '../../../src/index.js';
import type { CapturedModel, Model, Moments, Values } from '../product.js';

/** @param side height and width of the model's input pictures, [1, side, side, 3] */
export function modelOf(model: LoadedModel, side: number): Model {
  return {
    predict: (input, moments) => predict(model.run, side, input, moments),
    capture: (input) => captured(model.run, side, input),
    weights: () => copiesOf(model.weights()),
    dispose: () => model.dispose(),
  };
}

async function captured(
  run: LoadedModel['run'],
  side: number,
  input: Float32Array,
): Promise<CapturedModel> {
  const x = tensor4d(input, [1, side, side, 3]);
  try {
    const fast = await capture<Tensor, Tensor[]>(run, x);
    return {
      predict: (other, moments) => predict((y) => fast.predict(y), side, other, moments),
      get info() {
        return fast.info;
      },
      dispose: () => fast.dispose(),
    };
  } finally {
    x.dispose();
  }
}

async function predict(
  run: LoadedModel['run'],
  side: number,
  input: Float32Array,
  { input: atInput, reading }: Moments = {},
): Promise<Values[]> {
  const x = tensor4d(input, [1, side, side, 3]);
  let outputs: Tensor[] = [];
  try {
    atInput?.();
    outputs = await run(x);
    const reads = outputs.map((y) => y.data());
    reading?.();
    return await Promise.all(reads);
  } finally {
    dispose([x, ...outputs]);
  }
}

/** Copies the values that it reads, because the engine may return its own array. */
async function copiesOf(tensors: readonly Tensor[]): Promise<Values[]> {
  const read: Values[] = [];
  for (const tensor of tensors) read.push((await tensor.data()).slice());
  return read;
}
