/** Small classifiers that are trained as a whole. */
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { convolution, seedWeights, unset } from '../zoo/keras.js';
import { classes, optimizers, trainedNet } from './training.js';

const CLASSES = 10;

type LayerOf = Parameters<Sequential['add']>[0];

/** Stacks layers, and gives them weights that are seeded by a name. */
function stack(name: string, all: readonly LayerOf[]): Sequential {
  const net = sequential({ layers: [...all] });
  seedWeights(name, net);
  return net;
}

/** Two convolutions of 5x5 with pools, and a dense layer: the net of tfjs's example for MNIST. */
export function cnn([batch, ...inputShape]: readonly number[]): LoadedModel {
  const relu = { activation: 'relu', padding: 'valid' } as const;
  const net = stack('cnn', [
    convolution(8, 5, { inputShape, ...relu }),
    layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    convolution(16, 5, relu),
    layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    layers.flatten(),
    layers.dense({ units: CLASSES, ...unset }),
  ]);
  return trainedNet(net, classes(batch, CLASSES), optimizers.sgd(0.02));
}

/** Channels, and stride, of each depthwise convolution with the pointwise one after it. */
const separable = [
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
] as const;

/** Depthwise separable convolutions with batch norm, as in MobileNetV1 (Howard et al. 2017). */
export function separableNet([batch, ...inputShape]: readonly number[]): LoadedModel {
  const normal = () => [
    layers.batchNormalization({ epsilon: 1e-3 }),
    layers.activation({ activation: 'relu' }),
  ];
  const net = stack('separable', [
    convolution(16, 3, { inputShape, useBias: false }),
    ...normal(),
    ...separable.flatMap(([channels, strides]) => [
      layers.depthwiseConv2d({
        ...{ kernelSize: 3, strides, padding: 'same', useBias: false },
        depthwiseInitializer: 'zeros',
      }),
      ...normal(),
      convolution(channels, 1, { useBias: false }),
      ...normal(),
    ]),
    layers.globalAveragePooling2d({}),
    layers.dense({ units: CLASSES, ...unset }),
  ]);
  return trainedNet(net, classes(batch, CLASSES), optimizers.momentum(0.001));
}
