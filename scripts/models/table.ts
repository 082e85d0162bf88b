/** The models of the main job: one row each. Their files are put in place by copy.mjs. */

export interface ModelInfo {
  name: string;
  /** One sentence for the report. */
  about: string;
  /** Path of its model.json under dist/pages. */
  path: string;
  format: 'layers' | 'graph';
  /** It takes a picture [1, side, side, 3] with values from 0 to `white`. */
  side: number;
  white: number;
  /** A picture in the input's range, or one logit per class. */
  output: 'picture' | 'classes';
  /**
   * Node of a graph model that gives the logits: after its softmax, which saturates, a wrong
   * backend would look right.
   */
  logits?: string;
  /** Of one run, in millions; only to estimate its time on the CPU. */
  megaMultiplyAdds: number;
}

export const models: readonly ModelInfo[] = [
  {
    name: 'esrgan-slim',
    about:
      'A super-resolution net (package @upscalerjs/esrgan-slim, x2): 12 convolutions, mostly 3x3 on 64 channels, at the full size of the picture.',
    path: 'models/esrgan-slim/model.json',
    format: 'layers',
    side: 64,
    white: 255,
    output: 'picture',
    megaMultiplyAdds: 912,
  },
  {
    name: 'mobilenet-v2',
    about:
      'MobileNetV2 of width 1.4 with a classifier (a graph model in package nsfwjs): 35 convolutions and 17 depthwise ones, all fused with bias and relu6.',
    path: 'models/mobilenet-v2/model.json',
    format: 'graph',
    side: 224,
    white: 1,
    output: 'classes',
    logits: 'StatefulPartitionedCall/sequential/dense/BiasAdd',
    megaMultiplyAdds: 580,
  },
];
