/**
 * Builders of nets in code, by name: architectures as they are published, with seeded weights. Each
 * takes the shape of its input.
 */
import type { LoadedModel } from '../model.js';
import { audioM5 } from './audio.js';
import { convNeXtT } from './convNeXt.js';
import { crnn } from './crnn.js';
import { deepLabV3Plus } from './deepLab.js';
import { denseNet121 } from './denseNet.js';
import { efficientNetB0 } from './efficientNet.js';
import { mobileFaceNets } from './mobileFaceNet.js';
import { mobileNetV3Small } from './mobileNetV3.js';
import { mobileViTXXS } from './mobileViT.js';
import { resNet50 } from './resNet.js';
import { resNet18NCHW } from './resNetNCHW.js';
import { shuffleNetV2 } from './shuffleNet.js';
import { ssdLite } from './ssd.js';
import { styleTransfer } from './styleTransfer.js';
import { uNetResized, uNetTransposed } from './uNet.js';
import { yoloV8n } from './yolo.js';

type Build = (shape: readonly number[]) => LoadedModel;

export const builders = {
  'mobilenet-v3-small': mobileNetV3Small,
  'efficientnet-b0': efficientNetB0,
  'shufflenet-v2': shuffleNetV2,
  'densenet-121': denseNet121,
  'resnet-50': resNet50,
  'unet-transposed': uNetTransposed,
  'unet-resized': uNetResized,
  'deeplab-v3-plus': deepLabV3Plus,
  yolov8n: yoloV8n,
  'style-transfer': styleTransfer,
  'convnext-t': convNeXtT,
  'mobilevit-xxs': mobileViTXXS,
  crnn,
  'audio-m5': audioM5,
  ...mobileFaceNets,
  'resnet-18-nchw': resNet18NCHW,
  ssdlite: ssdLite,
} as const satisfies Record<string, Build>;

export type ZooName = keyof typeof builders;
