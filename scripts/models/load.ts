/** Loads a net into the current backend. For pages. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  loadLayersModel,
  model as modelOf,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { loadFaceNet } from './faceApi.js';
import type { LoadedModel } from './model.js';
import type { Net } from './net.js';
import { trainings } from './training/index.js';
import { builders } from './zoo/index.js';

const asList = (y: Tensor | Tensor[]): Tensor[] => (Array.isArray(y) ? y : [y]);

/** Returns the model with a layer's result in front of the model's own outputs. */
function withLayer(model: LayersModel, layer: string | undefined): LayersModel {
  if (layer === undefined) return model;
  const result = model.getLayer(layer).output as SymbolicTensor;
  return modelOf({ inputs: model.inputs, outputs: [result, ...model.outputs] });
}

/**
 * Fetches the net from where copy.mjs has put it, by a path relative to the page; builds a net in
 * code.
 */
export async function loadModel({ source }: Pick<Net, 'source'>): Promise<LoadedModel> {
  switch (source.format) {
    case 'layers': {
      const loaded = await loadLayersModel(source.path);
      const model = withLayer(loaded, source.also);
      return {
        run: (x) => asList(model.predict(x) as Tensor | Tensor[]),
        weights: () => loaded.weights.map((variable) => variable.read()),
        // Both models share their layers, so disposing the loaded model disposes them for both.
        dispose: () => loaded.dispose(),
      };
    }
    case 'graph': {
      const model = await loadGraphModel(source.path);
      const outputs = source.outputs as string[] | undefined;
      return {
        ...(source.isDynamic && outputs === undefined ? { graph: model } : {}),
        run: (x) =>
          source.isDynamic
            ? model.executeAsync(x, outputs).then(asList)
            : asList(model.execute(x, outputs)),
        weights: () => Object.values(model.weights).flat(),
        dispose: () => model.dispose(),
      };
    }
    case 'face': {
      const net = await loadFaceNet(source.net, 'models/face-api');
      return { ...net, run: (x) => net.run(x as Tensor4D) };
    }
    case 'code':
      return builders[source.net](source.shape);
    case 'training':
      return trainings[source.net](source.shape);
  }
}
