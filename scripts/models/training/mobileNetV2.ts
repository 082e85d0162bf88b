/** MobileNetV2 (Sandler et al. 2018) as Keras has it, of which only the end is trained. */
import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { convolution, normalized, seedWeights, unset } from '../zoo/keras.js';
import { stages } from '../zoo/mobileNetV2.js';
import { BRANCH, GAIN } from '../zoo/weights.js';
import { classes, optimizers, trainedNet } from './training.js';

const CLASSES = 10;

/** Name, with a number for each use, of the layers that end a residual block. */
const branchEnd = 'branch_end';

const relu6 = (x: SymbolicTensor) => layers.reLU({ maxValue: 6 }).apply(x) as SymbolicTensor;

/** Makes the net without its classifier: the stem, 17 blocks, and 1280 channels. */
function body([, ...shape]: readonly number[]): LayersModel {
  let ends = 0;
  const conv = (x: SymbolicTensor, channels: number, size: number, strides = 1, name?: string) => {
    const layer = convolution(channels, size, { strides, useBias: false, name });
    return normalized(layer.apply(x) as SymbolicTensor);
  };

  function block(x: SymbolicTensor, ratio: number, channels: number, strides: number) {
    const from = x.shape[3] as number;
    const expanded = ratio === 1 ? x : relu6(conv(x, ratio * from, 1));
    const depthwise = layers.depthwiseConv2d({
      ...{ kernelSize: 3, strides, padding: 'same', useBias: false },
      depthwiseInitializer: 'zeros',
    });
    const middle = relu6(normalized(depthwise.apply(expanded) as SymbolicTensor));
    const isResidual = strides === 1 && from === channels;
    const name = isResidual ? `${branchEnd}_${ends++}` : undefined;
    const y = conv(middle, channels, 1, 1, name);
    return isResidual ? (layers.add().apply([x, y]) as SymbolicTensor) : y;
  }

  const x = input({ shape: [...shape] });
  let y = relu6(conv(x, 32, 3, 2));
  for (const [ratio, channels, count, stride] of stages) {
    for (let i = 0; i < count; i++) y = block(y, ratio, channels, i === 0 ? stride : 1);
  }
  return model({ inputs: x, outputs: relu6(conv(y, 1280, 1)) });
}

const gainOf = (weight: string) => (weight.startsWith(branchEnd) ? BRANCH * GAIN.relu : GAIN.relu);

function classifier(x: SymbolicTensor): SymbolicTensor {
  const pooled = layers.globalAveragePooling2d({}).apply(x);
  return layers.dense({ units: CLASSES, ...unset }).apply(pooled) as SymbolicTensor;
}

/** A new classifier on features that the frozen net predicts. */
export function mobileNetV2Head(shape: readonly number[]): LoadedModel {
  const base = body(shape);
  seedWeights('mobilenet-v2', base, gainOf);
  const features = input({ shape: base.outputs[0].shape.slice(1) });
  const head = model({ inputs: features, outputs: classifier(features) });
  seedWeights('mobilenet-v2 head', head);
  return trainedNet(head, classes(shape[0], CLASSES), optimizers.adam(1e-3), base);
}

/** Number of layers from the last block on: the block, the convolution after it, and a new classifier. */
const LAST_LAYERS = 13;

/**
 * The net with a new classifier, trained from its last block on. All before is frozen, and normalizes by the
 * moments that it has learned, as Keras has it.
 */
export function mobileNetV2Block(shape: readonly number[]): LoadedModel {
  const convolutions = body(shape);
  const { inputs } = convolutions;
  const whole = model({ inputs, outputs: classifier(convolutions.outputs[0]) });
  seedWeights('mobilenet-v2', whole, gainOf);
  const first = whole.layers.length - LAST_LAYERS;
  const base = model({ inputs, outputs: whole.layers[first - 1].output as SymbolicTensor });
  const features = input({ shape: base.outputs[0].shape.slice(1) });
  const last = whole.layers.slice(first);
  const outputs = last.reduce((x, layer) => layer.apply(x) as SymbolicTensor, features);
  const top = model({ inputs: features, outputs });
  // A layer counts its uses, of which the one in the whole net ends here.
  for (const layer of last) layer.dispose();
  return trainedNet(top, classes(shape[0], CLASSES), optimizers.momentum(1e-3), base);
}
