/** Loads a model of the table into the current backend. For pages. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { ModelInfo } from './table.js';

export interface LoadedModel {
  /** x: [1, side, side, 3]. The caller disposes the result. */
  run(x: Tensor4D): Tensor;
  dispose(): void;
}

/** Fetches the model from where copy.mjs has put it, by a path relative to the page. */
export async function loadModel({ format, path, logits }: ModelInfo): Promise<LoadedModel> {
  if (format === 'layers') {
    const model = await loadLayersModel(path);
    return { run: (x) => model.predict(x) as Tensor, dispose: () => model.dispose() };
  }
  const model = await loadGraphModel(path);
  return { run: (x) => model.execute(x, logits) as Tensor, dispose: () => model.dispose() };
}
