/** Tests of the calls that the fuzz lets a backend refuse by itself. */
import { expect } from 'chai';
import type { ConvCase } from '../../../src/validator/index.js';
import { plain as nineByEleven } from '../../../src/validator/rows.js';
import { isMeaningless } from '../../fuzz/meaning.js';

const plain: ConvCase = { ...nineByEleven, in: [1, 5, 6, 3] };

const strides = 'conv2d: strides must be whole numbers larger than 0.';
const pads = 'conv2d: pad must be whole numbers.';
const bias = 'bias of shape [5] does not broadcast to the output [1,5,6,4].';
const slopes = 'PReLU weights of shape [5] does not broadcast to the output [1,5,6,4].';
const large = 'conv2d: the dilated filter 65x3 is larger than the padded input 5x6';
const first =
  'has 5 channels, but the filter [3,3,3,4] is for 3; dataFormat NCHW is read as NHWC here.';

const cases: readonly [
  message: string,
  wild: object,
  isMeaningless: boolean,
  Partial<ConvCase>?,
][] = [
  [strides, { strides: 0 }, true],
  [strides, { strides: [1, 0] }, true],
  [strides, { strides: 1.5 }, true],
  [strides, { strides: Number.NaN }, true],
  [strides, { strides: null }, true],
  [strides, { strides: 2 }, false],
  [strides, { strides: [3, 1] }, false],
  [strides, { strides: [1, 2, 3] }, false],
  // The named cause has to be the real one.
  [strides, { strides: 2, pad: 0.5 }, false],
  [pads, { pad: 0.5 }, true],
  [
    pads,
    {
      pad: [
        [0, 0],
        [1, 0.5],
        [0, 0],
        [0, 0],
      ],
    },
    true,
  ],
  [pads, { pad: 3 }, false],
  [
    pads,
    {
      pad: [
        [0, 0],
        [2, 1],
        [1, 2],
        [0, 0],
      ],
    },
    false,
  ],
  [pads, {}, false],
  [bias, { bias: [5] }, true],
  [bias, { bias: [2, 1, 1, 1] }, true],
  [bias, { bias: [1, 1, 1, 1, 1] }, true],
  [bias, { bias: [4] }, false],
  [bias, { bias: [5, 6, 1] }, false],
  [bias, { bias: [5, 6, 1], pad: 'valid' }, true],
  [bias, { bias: [4, 1, 1] }, true],
  [bias, { bias: [4, 1, 1] }, false, { format: 'NCHW' }],
  [slopes, { preluActivationWeights: [5] }, true],
  [slopes, { preluActivationWeights: [5, 6, 4] }, false],
  [large, { filter: [65, 3, 3, 4], pad: 'valid' }, true],
  [large, { filter: [6, 3, 3, 4], pad: 1 }, false],
  [large, { filter: [65, 3, 3, 4] }, false],
  [large, { dilations: 40, pad: 'valid' }, true],
  [first, { dataFormat: 'NCHW', x: [1, 3, 5, 5] }, true, { kernel: 'depthwiseConv2d' }],
  [first, { dataFormat: 'NCHW', x: [1, 3, 5, 5] }, false],
  [first, { dataFormat: 'NCHW' }, false, { kernel: 'depthwiseConv2d' }],
  ['I would rather not', { strides: 0 }, false],
];

describe("the fuzz's rule for refusals", () => {
  for (const [message, wild, expected, more] of cases) {
    const name = `${JSON.stringify({ ...more, ...wild })} ${expected ? 'may' : 'may not'} be refused`;
    it(`${name}: ${message.slice(0, 40)}`, () => {
      const found = isMeaningless(new Error(message), { ...plain, ...more }, { ...wild });
      expect(found).to.equal(expected);
    });
  }
});
