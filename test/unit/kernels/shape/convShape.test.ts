import { backend_util } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type ConvAttrs, convShape } from '../../../../kernels/shape/convShape.js';
import { fusedActivation, fusedActivations, perChannel } from '../../../../kernels/shape/fused.js';

describe('convShape', () => {
  it('puts every size of a conv2d in its place', () => {
    const shape = convShape('conv2d', [1, 7, 9, 3], [3, 2, 3, 8], { strides: [3, 2], pad: 'same' });
    expect(shape).to.deep.equal({
      kernel: 'conv2d',
      batch: 1,
      inHeight: 7,
      inWidth: 9,
      inChannels: 3,
      outHeight: 3,
      outWidth: 5,
      outChannels: 8,
      filterHeight: 3,
      filterWidth: 2,
      strideHeight: 3,
      strideWidth: 2,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 1,
      padLeft: 0,
      padBottom: 1,
      padRight: 1,
      channelMultiplier: 1,
      dataFormat: 'NHWC',
      inShape: [1, 7, 9, 3],
      outShape: [1, 3, 5, 8],
    });
  });

  it('reads shapes and explicit pads in the order of NCHW', () => {
    const shape = convShape('conv2d', [2, 3, 7, 9], [3, 3, 3, 8], {
      strides: 1,
      pad: [
        [0, 0],
        [0, 0],
        [1, 2],
        [3, 4],
      ],
      dataFormat: 'NCHW',
    });
    expect(shape.outShape).to.deep.equal([2, 8, 8, 14]);
    expect([shape.padTop, shape.padBottom, shape.padLeft, shape.padRight]).to.deep.equal([
      1, 2, 3, 4,
    ]);
  });

  it('gives a depthwise convolution inChannels * multiplier channels, as NHWC', () => {
    const attrs: ConvAttrs = { strides: 1, pad: 'valid', dataFormat: 'NCHW' };
    const shape = convShape('depthwiseConv2d', [1, 5, 6, 7], [2, 3, 7, 4], attrs);
    expect(shape.channelMultiplier).to.equal(4);
    expect(shape.dataFormat).to.equal('NHWC');
    expect(shape.outShape).to.deep.equal([1, 4, 4, 28]);
  });

  it("agrees with tfjs-core in every rounding mode, and in its numeric pad's quirk", () => {
    for (const dimRoundingMode of [undefined, 'floor', 'round', 'ceil'] as const) {
      for (const [filterHeight, filterWidth] of [
        [3, 3],
        [1, 4],
        [4, 1],
      ]) {
        for (const strides of [[2, 3] as const, [3, 1] as const]) {
          const filter: [number, number, number, number] = [filterHeight, filterWidth, 2, 5];
          const attrs = { strides, pad: 1, dimRoundingMode };
          const shape = convShape('conv2d', [1, 8, 10, 2], filter, attrs);
          const info = backend_util.computeConv2DInfo(
            [1, 8, 10, 2],
            filter,
            [...strides],
            1,
            1,
            dimRoundingMode,
          );
          expect(shape.outShape).to.deep.equal(info.outShape);
        }
      }
    }
  });

  it('defaults dilations to 1', () => {
    const shape = convShape('conv2d', [1, 5, 5, 1], [3, 3, 1, 1], { strides: 1, pad: 'valid' });
    expect([shape.dilationHeight, shape.dilationWidth, shape.outHeight]).to.deep.equal([1, 1, 3]);
  });

  it('lets an empty input or filter have an empty output', () => {
    const attrs: ConvAttrs = { strides: 1, pad: 'valid' };
    const outShape = (x: number[], filter: number[]) =>
      convShape('conv2d', x, filter, attrs).outShape;
    expect(outShape([0, 4, 4, 2], [3, 3, 2, 5])).to.deep.equal([0, 2, 2, 5]);
    expect(outShape([0, 4, 4, 2], [5, 5, 2, 5])).to.deep.equal([0, 0, 0, 5]);
    expect(() => outShape([0, 4, 4, 2], [6, 6, 2, 5])).to.throw(/6x6 .* larger than .* 4x4/);
    expect(() => outShape([1, 0, 4, 2], [3, 3, 2, 5])).to.throw(/3x3 .* larger than .* 0x4/);
    expect(outShape([1, 4, 4, 2], [3, 3, 2, 0])).to.deep.equal([1, 2, 2, 0]);
  });

  it('has no output pixel when the window is larger by one, as in stock tfjs', () => {
    const outShape = (filter: number[], attrs: Partial<ConvAttrs> = {}) =>
      convShape('conv2d', [1, 4, 6, 2], filter, { strides: 1, pad: 'valid', ...attrs }).outShape;
    expect(outShape([5, 7, 2, 5])).to.deep.equal([1, 0, 0, 5]);
    expect(outShape([3, 4, 2, 5], { dilations: 2 })).to.deep.equal([1, 0, 0, 5]);
    expect(outShape([5, 1, 2, 5], { pad: 'valid' })).to.deep.equal([1, 0, 6, 5]);
  });

  const refused: Record<string, [() => unknown, string]> = {
    'a dilated filter larger than the padded input': [
      () => convShape('conv2d', [1, 3, 3, 1], [3, 3, 1, 1], { strides: 1, pad: 0, dilations: 2 }),
      'conv2d: the dilated filter 5x5 (filter 3x3, dilation 2x2) is larger than the padded input ' +
        '3x3; use a smaller dilation, a smaller filter or more padding.',
    ],
    'the same for depthwise, counting the padding': [
      () =>
        convShape('depthwiseConv2d', [1, 2, 9, 1], [6, 1, 1, 1], {
          strides: 1,
          pad: [
            [0, 0],
            [1, 1],
            [0, 0],
            [0, 0],
          ],
        }),
      'depthwiseConv2d: the dilated filter 6x1 (filter 6x1, dilation 1x1) is larger than the ' +
        'padded input 4x9; use a smaller dilation, a smaller filter or more padding.',
    ],
    'a numeric pad whose quirk leaves no output': [
      () => convShape('conv2d', [1, 8, 3, 1], [5, 1, 1, 1], { strides: 1, pad: 0 }),
      "the output would be 4x-1, because tfjs applies the filter's height",
    ],
    'a filter for another number of channels': [
      () => convShape('conv2d', [1, 8, 8, 3], [3, 3, 2, 1], { strides: 1, pad: 0 }),
      'conv2d: the input [1,8,8,3] has 3 channels, but the filter [3,3,2,1] is for 2.',
    ],
    'depthwise NCHW that does not fit as NHWC': [
      () =>
        convShape('depthwiseConv2d', [1, 2, 8, 8], [3, 3, 2, 1], {
          strides: 1,
          pad: 0,
          dataFormat: 'NCHW',
        }),
      'dataFormat NCHW is read as NHWC here',
    ],
    'strides and dilations both above 1': [
      () =>
        convShape('depthwiseConv2d', [1, 8, 8, 1], [2, 2, 1, 1], {
          strides: 2,
          pad: 0,
          dilations: 2,
        }),
      "Either strides or dilations must be 1. Got strides 2,2 and dilations '2,2'",
    ],
    'a stride of 0': [
      () => convShape('conv2d', [1, 8, 8, 1], [2, 2, 1, 1], { strides: [1, 0], pad: 0 }),
      'conv2d: strides must be whole numbers larger than 0. Got strides 1,0',
    ],
    'no stride': [
      () => convShape('depthwiseConv2d', [1, 8, 8, 1], [2, 2, 1, 1], { strides: null!, pad: 0 }),
      'depthwiseConv2d: strides must be whole numbers larger than 0. Got strides null',
    ],
    'null for a data format': [
      () =>
        convShape('conv2d', [1, 8, 8, 1], [2, 2, 1, 1], { strides: 1, pad: 0, dataFormat: null! }),
      'Unknown dataFormat null',
    ],
    'half a pixel of padding': [
      () => convShape('conv2d', [1, 8, 8, 1], [2, 2, 1, 1], { strides: 1, pad: 0.5 }),
      'conv2d: pad must be whole numbers.',
    ],
    'an explicit pad of two axes': [
      () =>
        convShape('conv2d', [1, 8, 8, 1], [2, 2, 1, 1], {
          strides: 1,
          pad: [
            [1, 1],
            [1, 1],
          ] as unknown as ConvAttrs['pad'],
        }),
      'an explicit pad has two numbers for each of the four axes. Got [[1,1],[1,1]]',
    ],
    'an unknown padding': [
      () =>
        convShape('conv2d', [1, 8, 8, 1], [2, 2, 1, 1], {
          strides: 1,
          pad: 'full' as unknown as ConvAttrs['pad'],
        }),
      'Unknown padding parameter: full',
    ],
    'an input of rank 3': [
      () => convShape('conv2d', [8, 8, 1], [2, 2, 1, 1], { strides: 1, pad: 0 }),
      'conv2d: input must be rank 4, but got rank 3.',
    ],
  };
  for (const [what, [run, message]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => expect(run).to.throw(message));
  }
});

describe('fused operands', () => {
  const cases: [number[], number, 'NHWC' | 'NCHW', string][] = [
    [[], 8, 'NHWC', 'scalar'],
    [[1], 8, 'NCHW', 'scalar'],
    [[1, 1, 1], 8, 'NHWC', 'scalar'],
    [[1], 1, 'NHWC', 'scalar'],
    [[8], 8, 'NHWC', 'channel'],
    [[8], 8, 'NCHW', 'channel'],
    [[1, 8], 8, 'NHWC', 'channel'],
    [[1, 1, 8], 8, 'NHWC', 'channel'],
    [[1, 1, 1, 8], 8, 'NHWC', 'channel'],
    [[8, 1, 1], 8, 'NCHW', 'channel'],
    [[1, 8, 1, 1], 8, 'NCHW', 'channel'],
    [[1, 1, 8], 8, 'NCHW', 'other'],
    [[8, 1], 8, 'NCHW', 'other'],
    [[8, 1, 1], 8, 'NHWC', 'other'],
    [[5, 6, 8], 8, 'NHWC', 'other'],
    [[2, 1, 1, 8], 8, 'NHWC', 'other'],
  ];
  for (const [shape, channels, format, kind] of cases) {
    it(`[${shape}] on ${channels} channels in ${format} is '${kind}'`, () => {
      expect(perChannel(shape, channels, format)).to.equal(kind);
    });
  }

  it('knows the seven activations, and defaults to linear', () => {
    for (const name of fusedActivations) expect(fusedActivation(name)).to.equal(name);
    expect(fusedActivation(undefined)).to.equal('linear');
    expect(() => fusedActivation('gelu')).to.throw('Unknown fused activation gelu');
  });
});
