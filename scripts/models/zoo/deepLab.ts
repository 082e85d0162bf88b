/**
 * DeepLabV3+ (Chen et al. 2018) on MobileNetV2. Dilated convolutions are plain ones between
 * SpaceToBatchND and BatchToSpaceND, as TensorFlow writes them into graphs.
 */
import {
  add,
  batchToSpaceND,
  concat,
  conv2d,
  depthwiseConv2d,
  image,
  type Rank,
  relu,
  relu6,
  spaceToBatchND,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { mobileNetV2 } from './mobileNetV2.js';
import { chain, conv, depthwise, functionNet, globalMean, type Layer } from './parts.js';
import { GAIN, Weights } from './weights.js';

const CLASSES = 21;
const ASPP = 256;
const RATES = [6, 12, 18] as const;

/** Index of the last block of MobileNetV2 with stride 2; the blocks after it are dilated instead. */
const LAST_STRIDE = 13;

/** Computes a 3x3 convolution of padding 'valid' with a dilation rate, so that the result is as large as x. */
function dilated(rate: number, valid: Layer): Layer {
  const around = 2 * rate;
  return (x) => {
    const more = x.shape.slice(1, 3).map((length) => (rate - ((length + around) % rate)) % rate);
    const pads = more.map((extra) => [rate, rate + extra]);
    const crops = more.map((extra) => [0, extra]);
    const inBatches: Tensor4D = spaceToBatchND(x, [rate, rate], pads);
    return batchToSpaceND(valid(inBatches), [rate, rate], crops);
  };
}

function dilatedDepthwise(w: Weights, channels: number, rate: number): Layer {
  const filter = w.filter<Rank.R4>([3, 3, channels, 1], 9, GAIN.relu);
  const bias = w.bias(channels);
  const layer = dilated(rate, (x) => depthwiseConv2d(x, filter, 1, 'valid'));
  return (x) => relu6(add(layer(x), bias));
}

function dilatedConv(w: Weights, from: number, to: number, rate: number): Layer {
  const filter = w.filter<Rank.R4>([3, 3, from, to], 9 * from, GAIN.linear);
  const bias = w.bias(to);
  const layer = dilated(rate, (x) => conv2d(x, filter, 1, 'valid'));
  return (x) => relu(add(layer(x), bias));
}

const resizedTo = (x: Tensor4D, { shape }: Tensor4D): Tensor4D =>
  image.resizeBilinear(x, [shape[1], shape[2]], true);

function separable(w: Weights, from: number, to: number): Layer {
  return chain(
    depthwise(w, from, { activation: 'relu' }),
    conv(w, from, to, { activation: 'relu' }),
  );
}

export function deepLabV3Plus(): LoadedModel {
  const w = new Weights('deeplab-v3-plus');
  const { stem, blocks } = mobileNetV2(w, (block, channels) => {
    if (block < LAST_STRIDE) return null;
    return block === LAST_STRIDE
      ? depthwise(w, channels, { activation: 'relu6' })
      : dilatedDepthwise(w, channels, 2);
  });
  const low = chain(stem, ...blocks.slice(0, 3).map(({ whole }) => whole));
  const high = chain(...blocks.slice(3).map(({ whole }) => whole));
  const from = blocks[blocks.length - 1].channels;
  const pooled = chain(globalMean, conv(w, from, ASPP, { activation: 'relu', gain: GAIN.linear }));
  const pyramid: Layer[] = [
    (x) => resizedTo(pooled(x), x),
    conv(w, from, ASPP, { activation: 'relu', gain: GAIN.linear }),
    ...RATES.map((rate) => dilatedConv(w, from, ASPP, rate)),
  ];
  const joined = conv(w, pyramid.length * ASPP, ASPP, { activation: 'relu' });
  const narrow = conv(w, blocks[2].channels, 48, { activation: 'relu', gain: GAIN.linear });
  const decode = chain(
    separable(w, ASPP + 48, ASPP),
    separable(w, ASPP, ASPP),
    conv(w, ASPP, CLASSES),
  );
  return functionNet(w, (x) => {
    const detail = low(x);
    const deep = high(detail);
    const context = joined(
      concat(
        pyramid.map((layer) => layer(deep)),
        3,
      ),
    );
    const merged = concat([resizedTo(context, detail), narrow(detail)], 3);
    return [resizedTo(decode(merged), x)];
  });
}
