/** Tests of convolutions of padded tensors as convolutions of the tensors before. */
import { expect } from 'chai';
import { convShape } from '../../../../kernels/shape/convShape.js';
import { unpaddedShape } from '../../../../kernels/shape/unpadded.js';

describe('the convolution of a tensor before it was padded', () => {
  it('has the padding as its own, beside what the convolution pads, and the same result', () => {
    const none = [0, 0];
    const pad = [none, [1, 0], [0, 2], none] as never;
    const padded = convShape('conv2d', [2, 8, 9, 3], [3, 3, 3, 4], { strides: 2, pad });
    const shape = unpaddedShape(padded, [2, 5, 7, 3], 1, 2);
    expect(shape).to.deep.equal({
      ...padded,
      inHeight: 5,
      inWidth: 7,
      inShape: [2, 5, 7, 3],
      padTop: 2,
      padBottom: 2,
      padLeft: 2,
      padRight: 2,
    });
  });

  it('pads height and width of NCHW', () => {
    const attrs = { strides: 1, pad: 'valid', dataFormat: 'NCHW' } as const;
    const padded = convShape('conv2d', [1, 3, 8, 9], [3, 3, 3, 4], attrs);
    const shape = unpaddedShape(padded, [1, 3, 6, 9], 0, 0);
    const { inHeight, inWidth, padBottom, padRight, outShape } = shape;
    expect({ inHeight, inWidth, padBottom, padRight, outShape }).to.deep.equal({
      inHeight: 6,
      inWidth: 9,
      padBottom: 2,
      padRight: 0,
      outShape: [1, 4, 6, 7],
    });
  });

  it('is one object for the same call, because plans are kept by it', () => {
    const attrs = { strides: 1, pad: 'valid' } as const;
    const padded = convShape('conv2d', [1, 8, 8, 3], [3, 3, 3, 4], attrs);
    const of = (top: number, height = 6) => unpaddedShape(padded, [1, height, 8, 3], top, 0);
    expect(of(1)).to.equal(of(1));
    expect(of(2)).to.not.equal(of(1));
    expect(of(1, 7)).to.not.equal(of(1));
    expect(of(2)).to.equal(of(2));
  });
});
