/** Nets from picture to picture that are trained as a whole. */
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { convolution, seedWeights, unset } from '../zoo/keras.js';
import { itself, mask, optimizers, trainedNet } from './training.js';

const relu = { activation: 'relu' } as const;

const apply = (layer: ReturnType<typeof convolution>, x: SymbolicTensor) =>
  layer.apply(x) as SymbolicTensor;

const UNET_CHANNELS = [8, 16, 32, 64] as const;

/** U-Net (Ronneberger et al. 2015) that tells two classes apart, with transposed convolutions up. */
export function uNet([batch, height, width, depth]: readonly number[]): LoadedModel {
  const double = (x: SymbolicTensor, channels: number) =>
    apply(convolution(channels, 3, relu), apply(convolution(channels, 3, relu), x));
  const level = (x: SymbolicTensor, i: number): SymbolicTensor => {
    const here = double(x, UNET_CHANNELS[i]);
    if (i === UNET_CHANNELS.length - 1) return here;
    const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(here) as SymbolicTensor;
    const up = layers.conv2dTranspose({
      ...{ filters: UNET_CHANNELS[i], kernelSize: 2, strides: 2, padding: 'same' },
      ...unset,
    });
    const joined = layers.concatenate().apply([here, apply(up, level(pooled, i + 1))]);
    return double(joined as SymbolicTensor, UNET_CHANNELS[i]);
  };
  const x = input({ shape: [height, width, depth] });
  const net = model({ inputs: x, outputs: apply(convolution(1, 1), level(x, 0)) });
  seedWeights('unet', net);
  return trainedNet(net, mask('unet', [batch, height, width, 1]), optimizers.momentum(0.1));
}

const CODE_CHANNELS = [16, 32, 64] as const;

/** Autoencoder: strides on the way to its code, bilinear upsampling on the way back. */
export function autoencoder([, height, width, depth]: readonly number[]): LoadedModel {
  const x = input({ shape: [height, width, depth] });
  let y = x;
  for (const channels of CODE_CHANNELS) {
    y = apply(convolution(channels, 3, { strides: 2, ...relu }), y);
  }
  for (const channels of [...CODE_CHANNELS].reverse()) {
    const larger = layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }).apply(y);
    y = apply(convolution(channels, 3, relu), larger as SymbolicTensor);
  }
  const net = model({ inputs: x, outputs: apply(convolution(depth, 3), y) });
  seedWeights('autoencoder', net);
  return trainedNet(net, itself, optimizers.adam(1e-3));
}
