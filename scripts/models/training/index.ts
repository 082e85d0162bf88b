/** Builders of nets in training, by name. Each takes the shape of a batch of inputs. */
import type { LoadedModel } from '../model.js';
import { cnn, separableNet } from './convNets.js';
import { autoencoder, uNet } from './imageNets.js';
import { mobileNetV2Block, mobileNetV2Head } from './mobileNetV2.js';

export const trainings = {
  'mobilenet-v2-head': mobileNetV2Head,
  'mobilenet-v2-block': mobileNetV2Block,
  cnn,
  unet: uNet,
  autoencoder,
  separable: separableNet,
} as const satisfies Record<string, (shape: readonly number[]) => LoadedModel>;

export type TrainingName = keyof typeof trainings;
