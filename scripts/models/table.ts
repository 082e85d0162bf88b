/** Table of the models of the main job. */
import type { PictureNet } from './net.js';
import { netNamed } from './nets.js';

export interface ModelInfo extends PictureNet {
  /**
   * 'picture': the output is a picture in the input's range; 'faces': boxes of faces and their scores,
   * before any selection.
   */
  readonly output: 'picture' | 'faces';
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
    ...netNamed('face-ssd'),
    name: 'face-detector',
    about:
      'A face detector (SSD MobileNetV1 in package @vladmandic/face-api), to 5,118 boxes and scores: mostly 1x1 convolutions and depthwise ones.',
    output: 'faces',
    megaMultiplyAdds: 3600,
  },
];
