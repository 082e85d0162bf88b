/**
 * The layer suite: convolutions of well-known nets, NHWC, batch 1, padding 'same', fused with bias
 * and relu6. Plain data.
 */

export interface Layer {
  /** Unique id with all properties of the layer, for example `conv3x3-56x56x64-128-s2`. */
  id: string;
  kernel: 'conv2d' | 'depthwise';
  height: number;
  width: number;
  inChannels: number;
  /** Output channels; in a depthwise layer equal to inChannels. */
  outChannels: number;
  filterHeight: number;
  filterWidth: number;
  stride: number;
  dilation: number;
}

interface Extra {
  stride?: number;
  dilation?: number;
}

type Size = [height: number, width: number];

function suffix({ stride = 1, dilation = 1 }: Extra): string {
  return (stride === 1 ? '' : `-s${stride}`) + (dilation === 1 ? '' : `-d${dilation}`);
}

function conv(filter: Size, input: Size, inChannels: number, outChannels: number, extra = {}) {
  const id = `conv${filter.join('x')}-${input.join('x')}x${inChannels}-${outChannels}`;
  return layer(id, 'conv2d', filter, input, inChannels, outChannels, extra);
}

function depthwise(filter: Size, input: Size, channels: number, extra = {}) {
  const id = `depthwise${filter.join('x')}-${input.join('x')}x${channels}`;
  return layer(id, 'depthwise', filter, input, channels, channels, extra);
}

function layer(
  id: string,
  kernel: Layer['kernel'],
  [filterHeight, filterWidth]: Size,
  [height, width]: Size,
  inChannels: number,
  outChannels: number,
  extra: Extra,
): Layer {
  return {
    id: id + suffix(extra),
    kernel,
    height,
    width,
    inChannels,
    outChannels,
    filterHeight,
    filterWidth,
    stride: extra.stride ?? 1,
    dilation: extra.dilation ?? 1,
  };
}

export const layers: readonly Layer[] = [
  conv([3, 3], [224, 224], 3, 32, { stride: 2 }),
  conv([3, 3], [112, 112], 32, 64),
  conv([3, 3], [112, 112], 64, 128),
  conv([3, 3], [56, 56], 64, 64),
  conv([3, 3], [56, 56], 128, 256),
  conv([3, 3], [28, 28], 128, 128),
  conv([3, 3], [14, 14], 256, 256),
  conv([3, 3], [7, 7], 512, 512),
  conv([3, 3], [35, 35], 64, 96),
  conv([3, 3], [8, 8], 448, 384),
  conv([3, 3], [33, 33], 256, 256, { dilation: 2 }),
  conv([3, 3], [128, 128], 32, 32),
  conv([3, 3], [28, 28], 256, 256, { stride: 2 }),
  conv([3, 3], [416, 416], 16, 32),
  conv([1, 1], [112, 112], 32, 16),
  conv([1, 1], [56, 56], 24, 144),
  conv([1, 1], [56, 56], 64, 256),
  conv([1, 1], [56, 56], 256, 64),
  conv([1, 1], [28, 28], 512, 128),
  conv([1, 1], [14, 14], 512, 256),
  conv([1, 1], [14, 14], 1024, 256),
  conv([1, 1], [7, 7], 960, 320),
  conv([1, 1], [7, 7], 2048, 512),
  conv([1, 1], [1, 1], 1280, 1000),
  conv([7, 7], [224, 224], 3, 64, { stride: 2 }),
  conv([1, 7], [17, 17], 192, 192),
  conv([7, 1], [17, 17], 192, 192),
  conv([5, 5], [112, 112], 32, 32),
  conv([9, 9], [128, 128], 3, 32),
  depthwise([3, 3], [112, 112], 96, { stride: 2 }),
  depthwise([3, 3], [112, 112], 32),
  depthwise([3, 3], [56, 56], 144),
  depthwise([3, 3], [28, 28], 192),
  depthwise([3, 3], [14, 14], 384),
  depthwise([3, 3], [14, 14], 576, { stride: 2 }),
  depthwise([3, 3], [7, 7], 960),
  depthwise([5, 5], [64, 64], 48),
  depthwise([5, 5], [14, 14], 672),
];

/**
 * Returns the multiply-adds of one run: outputs times filter taps times input channels per output.
 * Taps on the padding count, as is usual.
 */
export function multiplyAdds(layer: Layer): number {
  const { height, width, inChannels, outChannels, filterHeight, filterWidth, stride } = layer;
  const outputs = Math.ceil(height / stride) * Math.ceil(width / stride) * outChannels;
  return outputs * filterHeight * filterWidth * (layer.kernel === 'depthwise' ? 1 : inChannels);
}
