/** Table of the nets in training: seeded weights, and one seeded batch, on which each run is a step. */
import type { NoiseNet } from '../net.js';
import type { TrainingName } from './index.js';

function row(name: TrainingName, shape: readonly number[], about: string): NoiseNet {
  return { name, about, source: { format: 'training', net: name, shape }, shape };
}

export const trained: readonly NoiseNet[] = [
  row(
    'mobilenet-v2-head',
    [4, 96, 96, 3],
    'A dense classifier on a frozen MobileNetV2 of four 96x96 pictures, by Adam.',
  ),
  row(
    'mobilenet-v2-block',
    [2, 96, 96, 3],
    'MobileNetV2 of two 96x96 pictures, frozen up to its last block, by momentum.',
  ),
  row(
    'cnn',
    [32, 28, 28, 1],
    'Two convolutions of 5x5, pools and a dense layer of 32 pictures of 28x28, by SGD.',
  ),
  row(
    'unet',
    [4, 64, 64, 3],
    'U-Net of 8 to 64 channels, an eighth of the paper, of four 64x64 pictures: transposed convolutions, by momentum.',
  ),
  row(
    'autoencoder',
    [8, 32, 32, 3],
    'Autoencoder of eight 32x32 pictures: strides down, bilinear upsampling, by Adam.',
  ),
  row(
    'separable',
    [16, 32, 32, 3],
    'Depthwise separable convolutions with batch norm in training, of sixteen 32x32 pictures, by momentum.',
  ),
];
