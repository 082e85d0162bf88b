/** CRNN (Shi et al. 2015): convolutions read a line of text, a bidirectional LSTM its columns. */
import { input, layers, model, type RNN, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { activated, convolution, layersNet, normalized, unset } from './keras.js';
import { GAIN } from './weights.js';

const UNITS = 256;

/** Letters, digits and the blank. */
const CLASSES = 37;

/** Channels of each convolution, whether batch norm follows, and the pool after it. */
const rows: readonly (readonly [
  channels: number,
  isNormalized: boolean,
  pool?: [number, number],
])[] = [
  [64, false, [2, 2]],
  [128, false, [2, 2]],
  [256, true],
  [256, false, [2, 1]],
  [512, true],
  [512, false, [2, 1]],
];

function recurrent(x: SymbolicTensor): SymbolicTensor {
  const lstm = layers.lstm({
    ...unset,
    units: UNITS,
    returnSequences: true,
    recurrentInitializer: 'zeros',
  });
  return layers
    .bidirectional({ layer: lstm as RNN, mergeMode: 'concat' })
    .apply(x) as SymbolicTensor;
}

/** Gains: an LSTM's gates shrink what passes through them, and a softmax flattens small logits. */
const gainOf = (weight: string) => {
  if (weight.includes('lstm')) return 4 * GAIN.linear;
  return weight.startsWith('dense') ? 16 : GAIN.relu;
};

export function crnn([, ...shape]: readonly number[]): LoadedModel {
  const x = input({ shape: [...shape] });
  let y = x;
  for (const [channels, isNormalized, poolSize] of rows) {
    const convolved = convolution(channels, 3).apply(y) as SymbolicTensor;
    y = activated(isNormalized ? normalized(convolved) : convolved);
    if (poolSize)
      y = layers.maxPooling2d({ poolSize, strides: poolSize }).apply(y) as SymbolicTensor;
  }
  y = activated(convolution(512, 2, { padding: 'valid' }).apply(y) as SymbolicTensor);
  const columns = layers.reshape({ targetShape: [y.shape[2] as number, 512] }).apply(y);
  y = recurrent(recurrent(columns as SymbolicTensor));
  const letters = layers.dense({ units: CLASSES, activation: 'softmax', ...unset }).apply(y);
  return layersNet('crnn', model({ inputs: x, outputs: letters as SymbolicTensor }), gainOf);
}
