/** M5 (Dai et al. 2016): a net on the raw samples of a sound. */
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { activated, layersNet, normalized, unset } from './keras.js';

/** Filter length, stride and channels of each convolution; a max pool of 4 follows. */
const rows = [
  [80, 4, 128],
  [3, 1, 128],
  [3, 1, 256],
  [3, 1, 512],
] as const;

export function audioM5([, ...shape]: readonly number[]): LoadedModel {
  const x = input({ shape: [...shape] });
  let y = x;
  for (const [kernelSize, strides, filters] of rows) {
    const convolved = layers
      .conv1d({ filters, kernelSize, strides, padding: 'same', ...unset })
      .apply(y) as SymbolicTensor;
    const pool = layers.maxPooling1d({ poolSize: 4, strides: 4 });
    y = pool.apply(activated(normalized(convolved))) as SymbolicTensor;
  }
  const pooled = layers.globalAveragePooling1d().apply(y);
  const logits = layers.dense({ units: 35, ...unset }).apply(pooled) as SymbolicTensor;
  return layersNet('audio-m5', model({ inputs: x, outputs: logits }));
}
