/**
 * Table of the zoo: nets in code with seeded weights, one for each way to build a net. Inputs are smaller
 * than usual where a prediction of stock webgl on a rasteriser would otherwise take long.
 */
import type { NoiseNet } from '../net.js';
import type { ZooName } from './index.js';

function row(name: ZooName, shape: readonly number[], about: string): NoiseNet {
  return { name, about, source: { format: 'code', net: name, shape }, shape };
}

const picture = (side: number) => [1, side, side, 3];

export const zoo: readonly NoiseNet[] = [
  row(
    'mobilenet-v3-small',
    picture(224),
    'MobileNetV3-small of a 224x224 picture: hard-swish, squeeze and excite.',
  ),
  row(
    'efficientnet-b0',
    picture(128),
    'EfficientNet-B0 of a 128x128 picture, 224 in the paper: SiLU, squeeze and excite, padding before strides.',
  ),
  row(
    'shufflenet-v2',
    picture(224),
    'ShuffleNetV2 of a 224x224 picture: splits, and channels shuffled by reshape and transpose.',
  ),
  row(
    'densenet-121',
    picture(112),
    'DenseNet-121 (a layers model) of a 112x112 picture, 224 in the paper: chains of concatenations.',
  ),
  row(
    'resnet-50',
    picture(112),
    'ResNet-50 (a layers model) of a 112x112 picture, 224 in the paper: convolution, batch norm, relu and sum as layers of their own.',
  ),
  row(
    'unet-transposed',
    picture(96),
    'U-Net of 32 to 512 channels, half of the paper, of a 96x96 picture: transposed convolutions of 2x2.',
  ),
  row(
    'unet-resized',
    picture(96),
    'U-Net of 32 to 512 channels of a 96x96 picture: instance norm, leaky relu, bilinear upsampling.',
  ),
  row(
    'deeplab-v3-plus',
    picture(128),
    'DeepLabV3+ on MobileNetV2 of a 128x128 picture, 513 in the paper: dilation as SpaceToBatchND and BatchToSpaceND, rates 2 to 18, bilinear resizes.',
  ),
  row(
    'yolov8n',
    picture(192),
    'YOLOv8n of a 192x192 picture, 640 as published: SiLU, splits, nearest upsampling, and its decoder with softmax over 16 bins.',
  ),
  row(
    'style-transfer',
    picture(96),
    'Fast style transfer of a 96x96 picture, 256 in the paper: mirrored padding, instance norm, nearest upsampling.',
  ),
  row(
    'convnext-t',
    picture(96),
    'ConvNeXt-T of a 96x96 picture, 224 in the paper: 7x7 depthwise, layer norm over channels, GELU by erf, matMul.',
  ),
  row(
    'mobilevit-xxs',
    picture(192),
    'MobileViT-XXS of a 192x192 picture, 256 in the paper: attention, with matMul of computed operands, in patches.',
  ),
  row(
    'crnn',
    [1, 32, 96, 1],
    'CRNN (a layers model) of a 32x96 line of text: convolutions, then two bidirectional LSTMs over 23 columns.',
  ),
  row(
    'audio-m5',
    [1, 16_000, 1],
    'M5 (a layers model) of 16,000 samples of a sound: convolutions and max pools along one axis.',
  ),
  row(
    'mobilefacenet-prelu',
    picture(112),
    'MobileFaceNet of a 112x112 face: PReLU as the kernel Prelu.',
  ),
  row(
    'mobilefacenet-abs',
    picture(112),
    'MobileFaceNet of a 112x112 face: PReLU as (1 + a) / 2 * x + (1 - a) / 2 * |x|.',
  ),
  row(
    'mobilefacenet-relu',
    picture(112),
    'MobileFaceNet of a 112x112 face: PReLU as relu(x) - a * relu(-x).',
  ),
  row(
    'resnet-18-nchw',
    [1, 3, 112, 112],
    'ResNet-18 of a 112x112 picture, 224 in the paper, in the layout of ONNX: a transpose before and after each convolution, padding of [n, c, h, w].',
  ),
  row(
    'ssdlite',
    picture(192),
    'SSDLite on MobileNetV2 of a 192x192 picture, 320 in the paper: six maps, decoded boxes, TopK, gathers and a non-max suppression.',
  ),
];
