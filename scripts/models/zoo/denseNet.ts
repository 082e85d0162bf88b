/** DenseNet-121 (Huang et al. 2016) as Keras has it. */
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { activated, convolution, layersNet, normalized, unset } from './keras.js';

/** Number of layers of each block; each layer adds GROWTH channels. */
const blocks = [6, 12, 24, 16] as const;
const GROWTH = 32;

const convolved = (x: SymbolicTensor, filters: number, size: number, more = {}) =>
  convolution(filters, size, { useBias: false, ...more }).apply(x) as SymbolicTensor;

function denseLayer(x: SymbolicTensor): SymbolicTensor {
  const narrow = convolved(activated(normalized(x)), 4 * GROWTH, 1);
  const added = convolved(activated(normalized(narrow)), GROWTH, 3);
  return layers.concatenate().apply([x, added]) as SymbolicTensor;
}

function transition(x: SymbolicTensor, channels: number): SymbolicTensor {
  const narrow = convolved(activated(normalized(x)), channels, 1);
  return layers.averagePooling2d({ poolSize: 2, strides: 2 }).apply(narrow) as SymbolicTensor;
}

const padded = (x: SymbolicTensor, size: number) =>
  layers
    .zeroPadding2d({
      padding: [
        [size, size],
        [size, size],
      ],
    })
    .apply(x) as SymbolicTensor;

export function denseNet121([, ...shape]: readonly number[]): LoadedModel {
  const x = input({ shape: [...shape] });
  let y = convolved(padded(x, 3), 64, 7, { strides: 2, padding: 'valid' });
  y = padded(activated(normalized(y)), 1);
  y = layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(y) as SymbolicTensor;
  let channels = 64;
  for (const [i, count] of blocks.entries()) {
    for (let j = 0; j < count; j++) y = denseLayer(y);
    channels += count * GROWTH;
    if (i === blocks.length - 1) break;
    channels /= 2;
    y = transition(y, channels);
  }
  const pooled = layers.globalAveragePooling2d({}).apply(activated(normalized(y)));
  const logits = layers.dense({ units: 1000, ...unset }).apply(pooled) as SymbolicTensor;
  return layersNet('densenet-121', model({ inputs: x, outputs: logits }));
}
