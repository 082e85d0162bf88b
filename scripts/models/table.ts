/** Table of the models of the main job. */
import type { PictureNet } from './net.js';
import { netNamed } from './nets.js';

export interface ModelInfo extends PictureNet {
  /** 'picture': the output is a picture in the input's range; 'classes': one logit per class. */
  readonly output: 'picture' | 'classes';
  /** Multiply-adds of one run, in millions; used only to estimate its time on the CPU. */
  readonly megaMultiplyAdds: number;
}

export const models: readonly ModelInfo[] = [
  {
    ...netNamed('esrgan-slim-64'),
    name: 'esrgan-slim',
    about:
      'A super-resolution net (package @upscalerjs/esrgan-slim, x2): 12 convolutions, mostly 3x3 on 64 channels, at the full size of the picture.',
    output: 'picture',
    megaMultiplyAdds: 912,
  },
  {
    ...netNamed('mobilenet-v2-graph'),
    name: 'mobilenet-v2',
    about:
      'MobileNetV2 of width 1.4 with a classifier (a graph model in package nsfwjs): 35 convolutions and 17 depthwise ones, all fused with bias and relu6.',
    output: 'classes',
    megaMultiplyAdds: 580,
  },
];
