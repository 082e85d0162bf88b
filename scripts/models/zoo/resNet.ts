/** ResNet-50 (He et al. 2015) as Keras has it. */
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { activated, convolution, layersNet, normalized, unset } from './keras.js';
import { BRANCH, GAIN } from './weights.js';

/** Channels inside of the blocks, number of blocks, and stride of the first, by stage. */
const stages = [
  [64, 3, 1],
  [128, 4, 2],
  [256, 6, 2],
  [512, 3, 2],
] as const;

/** Name, with a number for each use, of the layers that end a residual branch. */
const branchEnd = 'branch_end';

export function resNet50([, ...shape]: readonly number[]): LoadedModel {
  let ends = 0;
  const apply = (layer: ReturnType<typeof convolution>, x: SymbolicTensor) =>
    layer.apply(x) as SymbolicTensor;
  const padded = (x: SymbolicTensor, size: number) =>
    layers
      .zeroPadding2d({
        padding: [
          [size, size],
          [size, size],
        ],
      })
      .apply(x) as SymbolicTensor;

  function block(x: SymbolicTensor, channels: number, strides: number, isFirst: boolean) {
    const out = 4 * channels;
    const shortcut = isFirst ? normalized(apply(convolution(out, 1, { strides }), x)) : x;
    const a = activated(normalized(apply(convolution(channels, 1, { strides }), x)));
    const b = activated(normalized(apply(convolution(channels, 3), a)));
    const last = layers.conv2d({
      filters: out,
      kernelSize: 1,
      name: `${branchEnd}_${ends++}`,
      ...unset,
    });
    const sum = layers.add().apply([shortcut, normalized(apply(last, b))]);
    return activated(sum as SymbolicTensor);
  }

  const x = input({ shape: [...shape] });
  let y = apply(convolution(64, 7, { strides: 2, padding: 'valid' }), padded(x, 3));
  y = padded(activated(normalized(y)), 1);
  y = layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(y) as SymbolicTensor;
  for (const [channels, count, stride] of stages) {
    for (let i = 0; i < count; i++) y = block(y, channels, i === 0 ? stride : 1, i === 0);
  }
  const pooled = layers.globalAveragePooling2d({}).apply(y);
  const logits = layers.dense({ units: 1000, ...unset }).apply(pooled);
  const gainOf = (weight: string) =>
    weight.startsWith(branchEnd) ? BRANCH * GAIN.relu : GAIN.relu;
  return layersNet('resnet-50', model({ inputs: x, outputs: logits as SymbolicTensor }), gainOf);
}
