/** Table of the real nets, whose weights are in npm packages. */
import type { PictureNet } from './net.js';

const esrgan = {
  source: { format: 'layers', path: 'models/esrgan-slim/model.json' },
  white: 255,
  picture: 'flower.png',
} as const;

/**
 * Layer in front of the classifier's softmax. The softmax saturates, so that its output would look
 * right even on a wrong backend.
 */
const beforeLastLayer = 'dense_2';

export const nets: readonly PictureNet[] = [
  {
    name: 'mobilenet-v2-graph',
    about:
      'MobileNetV2 of width 1.4 (a graph model in package nsfwjs): 35 convolutions and 17 depthwise ones, all fused with bias and relu6.',
    source: {
      format: 'graph',
      path: 'models/mobilenet-v2/model.json',
      // The logits.
      outputs: ['StatefulPartitionedCall/sequential/dense/BiasAdd'],
    },
    side: 224,
    white: 1,
    picture: 'flower.png',
  },
  {
    name: 'mobilenet-v2-layers',
    about:
      'MobileNetV2 (a layers model in package nsfwjs): convolution, batch norm and relu6 as layers of their own.',
    source: {
      format: 'layers',
      path: 'models/mobilenet-v2-layers/model.json',
      also: beforeLastLayer,
    },
    side: 224,
    white: 1,
    picture: 'flower.png',
  },
  {
    name: 'inception-v3',
    about:
      'InceptionV3 (a layers model in package nsfwjs): 94 convolutions, 1x7 and 7x1 among them, in branches that are concatenated.',
    source: { format: 'layers', path: 'models/inception-v3/model.json', also: beforeLastLayer },
    side: 299,
    white: 1,
    picture: 'flower.png',
  },
  {
    name: 'esrgan-slim-64',
    about: 'Super-resolution x2 (package @upscalerjs/esrgan-slim) of a 64x64 picture.',
    side: 64,
    ...esrgan,
  },
  {
    name: 'esrgan-slim-128',
    about: 'The same of a 128x128 picture.',
    side: 128,
    ...esrgan,
  },
  {
    name: 'face-ssd',
    about: 'SSD MobileNetV1 (package @vladmandic/face-api), to its boxes and scores.',
    source: { format: 'face', net: 'SsdMobilenetv1' },
    side: 512,
    white: 255,
    picture: 'face.jpg',
  },
  {
    name: 'face-recognition',
    about: 'A residual net of 29 convolutions (package @vladmandic/face-api), to its descriptor.',
    source: { format: 'face', net: 'FaceRecognitionNet' },
    side: 150,
    white: 255,
    picture: 'face.jpg',
  },
  {
    name: 'face-landmarks',
    about: 'A densely connected net (package @vladmandic/face-api), to 68 points of a face.',
    source: { format: 'face', net: 'FaceLandmark68Net' },
    side: 112,
    white: 255,
    picture: 'face.jpg',
  },
  {
    name: 'hand-detector',
    about:
      'SSD MobileNetV2 FPNLite (a graph model in package @vladmandic/human) with its loops and seven non-max suppressions, run by executeAsync.',
    source: { format: 'graph', path: 'models/hand-detector/model.json', isDynamic: true },
    side: 320,
    white: 255,
    dtype: 'int32',
    picture: 'face.jpg',
  },
];

export const netNames = nets.map(({ name }) => name);

/** Returns a real net by name; throws an error if there is no such net. */
export function netNamed(name: string): PictureNet {
  const net = nets.find((candidate) => candidate.name === name);
  if (net === undefined) throw new Error(`net ${name} is unknown`);
  return net;
}
