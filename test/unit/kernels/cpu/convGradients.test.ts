/** Tests of gradients of convolutions on tiled-cpu, against sums in float64 written from the definition. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { TiledCPUBackend } from '../../../../src/base.js';
import { forceVariant } from '../../../../src/index.js';
import {
  compare,
  describeComparison,
  fractions,
  stream,
  sumBound,
} from '../../../../src/validator/index.js';
import { onUsedHeap } from './likeStock.js';

type Shape4 = [number, number, number, number];

interface Case {
  /** [batch, height, width, channels] */
  readonly x: Shape4;
  /** [height, width, channels of x, channels of y or multiplier] */
  readonly filter: Shape4;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations: [number, number];
  readonly format: 'NHWC' | 'NCHW';
  readonly rounding?: 'floor' | 'round' | 'ceil';
}

const usual = { strides: [1, 1], pad: 'same', dilations: [1, 1], format: 'NHWC' } as const;

const made = (c: Partial<Case> & Pick<Case, 'x' | 'filter'>): Case => ({ ...usual, ...c }) as Case;

const windows: readonly Partial<Case>[] = [
  {},
  { pad: 'valid' },
  { strides: [2, 2] },
  { strides: [2, 1], pad: 'valid' },
  { strides: [3, 2], pad: 2 },
  {
    strides: [1, 3],
    pad: [
      [0, 0],
      [2, 0],
      [0, 3],
      [0, 0],
    ],
  },
  {
    pad: [
      [0, 0],
      [4, 3],
      [3, 4],
      [0, 0],
    ],
  },
  { strides: [2, 2], pad: 1, rounding: 'ceil' },
  { dilations: [2, 2] },
  { dilations: [3, 2], pad: 'valid' },
  { dilations: [1, 2], pad: 1 },
];

const dense: readonly Case[] = [
  ...windows.flatMap((window) => [
    made({ x: [2, 9, 8, 3], filter: [3, 3, 3, 9], ...window }),
    made({ x: [2, 8, 9, 13], filter: [2, 3, 13, 20], ...window }),
  ]),
  // Each remainder of the channels of x by 6 and of y by 8.
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => made({ x: [1, 4, 5, n], filter: [3, 2, n, 17 - n] })),
  ...[1, 2, 3].map((n) => made({ x: [3, 5, 4, 5 * n], filter: [1, 1, 5 * n, 4 * n] })),
  made({ x: [2, 5, 7, 4], filter: [1, 1, 4, 5], strides: [2, 2] }),
  made({ x: [2, 6, 7, 4], filter: [3, 3, 4, 10], format: 'NCHW' }),
  made({ x: [2, 7, 6, 5], filter: [3, 2, 5, 3], strides: [2, 1], pad: 1, format: 'NCHW' }),
  // Filters as large as strides, and smaller.
  made({ x: [2, 6, 6, 3], filter: [2, 3, 3, 5], strides: [2, 3], pad: 'valid' }),
  made({ x: [1, 9, 8, 3], filter: [2, 1, 3, 5], strides: [4, 3] }),
  // More chunks than one, of several rows, of whole images, and of parts of a row.
  made({ x: [2, 30, 29, 3], filter: [3, 3, 3, 8] }),
  made({ x: [70, 2, 2, 3], filter: [2, 2, 3, 4] }),
  made({ x: [1, 2, 600, 2], filter: [2, 5, 2, 3], strides: [1, 2] }),
  made({ x: [1, 1, 700, 3], filter: [1, 1, 3, 4] }),
];

const depthwise: readonly Case[] = [
  ...windows.flatMap((window) => [
    made({ x: [2, 9, 8, 3], filter: [3, 3, 3, 1], ...window }),
    made({ x: [2, 8, 9, 21], filter: [3, 3, 21, 1], ...window }),
    made({ x: [1, 9, 7, 5], filter: [2, 4, 5, 3], ...window }),
  ]),
  made({ x: [1, 6, 7, 1], filter: [3, 3, 1, 5] }),
  made({ x: [1, 6, 7, 1], filter: [3, 3, 1, 1], strides: [2, 2] }),
  made({ x: [1, 9, 8, 6], filter: [2, 1, 6, 1], strides: [4, 3] }),
  made({ x: [2, 30, 29, 48], filter: [3, 3, 48, 1] }),
  made({ x: [70, 2, 2, 6], filter: [2, 2, 6, 1] }),
  made({ x: [1, 2, 1200, 18], filter: [2, 5, 18, 1] }),
];

const named = ({ x, filter, strides, pad, dilations, format, rounding }: Case) =>
  `${x.join('x')} by ${filter.join('x')}, strides ${strides}, pad ${JSON.stringify(pad)}` +
  `${rounding ?? ''}, dilations ${dilations}, ${format}`;

/** Calls `visit` with the positions in NHWC of each product x * w that is part of y. */
function eachProduct(
  { x, filter, dilations }: Case,
  isDepthwise: boolean,
  s: tf.backend_util.Conv2DInfo,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [batch, height, width, channels] = x;
  const [filterHeight, filterWidth, , last] = filter;
  for (let n = 0; n < batch; n++) {
    for (let r = 0; r < s.outHeight; r++) {
      for (let c = 0; c < s.outWidth; c++) {
        for (let i = 0; i < filterHeight; i++) {
          for (let j = 0; j < filterWidth; j++) {
            const row = r * s.strideHeight - s.padInfo.top + i * dilations[0];
            const col = c * s.strideWidth - s.padInfo.left + j * dilations[1];
            if (row < 0 || row >= height || col < 0 || col >= width) continue;
            for (let d = 0; d < channels; d++) {
              for (let k = 0; k < last; k++) {
                const channel = isDepthwise ? d * last + k : k;
                visit(
                  ((n * height + row) * width + col) * channels + d,
                  ((i * filterWidth + j) * channels + d) * last + k,
                  ((n * s.outHeight + r) * s.outWidth + c) * s.outChannels + channel,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** Returns a tensor of values that are given as NHWC, in the order of the format. */
const inFormat = (values: Float32Array, shape: Shape4, format: string) => {
  const last = tf.tensor4d(values, shape);
  return format === 'NHWC' ? last : tf.transpose(last, [0, 3, 1, 2]);
};

function check(c: Case, isDepthwise: boolean): void {
  const { x: xShape, filter, strides, pad, dilations, format, rounding } = c;
  const s = tf.backend_util.computeConv2DInfo(
    ...([xShape, filter, strides, dilations, pad, rounding, isDepthwise] as const),
  );
  const yShape: Shape4 = [s.batchSize, s.outHeight, s.outWidth, s.outChannels];
  const [x, w, dy] = [xShape, filter, yShape].map((shape, i) =>
    fractions(stream(i, named(c)), tf.util.sizeFromShape(shape)),
  );
  const sums = (length: number) => ({
    values: new Float64Array(length),
    magnitudes: new Float64Array(length),
    terms: new Int32Array(length),
  });
  const [dx, dw] = [sums(x.length), sums(w.length)];
  const add = (to: ReturnType<typeof sums>, at: number, product: number) => {
    to.values[at] += product;
    to.magnitudes[at] += Math.abs(product);
    to.terms[at]++;
  };
  eachProduct(c, isDepthwise, s, (xAt, wAt, yAt) => {
    add(dx, xAt, w[wAt] * dy[yAt]);
    add(dw, wAt, x[xAt] * dy[yAt]);
  });

  const attrs = { strides, pad, dilations, dimRoundingMode: rounding, dataFormat: format };
  const run = (kernel: string, inputs: tf.NamedTensorMap, more: object) =>
    tf.engine().runKernel<tf.Tensor>(kernel, inputs, { ...attrs, ...more } as never);
  const agrees = (made: tf.Tensor, { values, magnitudes, terms }: typeof dx, shape: Shape4) => {
    const bounds = magnitudes.map((magnitude, i) => sumBound(terms[i], magnitude));
    const result = compare(
      { values: made.dataSync(), shape: made.shape },
      { values, shape, bounds },
    );
    expect(result.ok, describeComparison(result)).to.equal(true);
  };
  const [ofInput, ofFilter] = isDepthwise
    ? [tf.DepthwiseConv2dNativeBackpropInput, tf.DepthwiseConv2dNativeBackpropFilter]
    : [tf.Conv2DBackpropInput, tf.Conv2DBackpropFilter];
  tf.tidy(() => {
    const inputs = { x: inFormat(x, xShape, format), dy: inFormat(dy, yShape, format) };
    const byFilter = run(ofFilter, inputs, { filterShape: filter });
    agrees(byFilter, dw, filter);
    const inputShape = inputs.x.shape;
    const byInput = run(ofInput, { dy: inputs.dy, filter: tf.tensor4d(w, filter) }, { inputShape });
    expect(byInput.shape).to.deep.equal(inputShape);
    agrees(format === 'NHWC' ? byInput : tf.transpose(byInput, [0, 2, 3, 1]), dx, xShape);
  });
}

/** Returns what tensors and blocks of the heap are held. */
const held = () => [
  tf.memory().numTensors,
  tf.memory().numDataBuffers,
  (tf.backend() as TiledCPUBackend).heap?.usedBytes(),
];

for (const build of ['simd', 'plain']) {
  describe(`gradients of convolutions on tiled-cpu, ${build}:`, () => {
    before(async () => {
      await tf.setBackend('tiled-cpu');
      forceVariant(build, 'tiled-cpu');
    });
    after(() => forceVariant(null, 'tiled-cpu'));
    for (const [kind, cases] of Object.entries({ dense, depthwise })) {
      for (const c of cases) {
        // Stock's kernels compute the others without WebAssembly.
        if (build === 'plain' && Math.max(...c.dilations) === 1) continue;
        it(`${kind}, ${named(c)}`, () =>
          onUsedHeap(async () => {
            const before = held();
            check(c, kind === 'depthwise');
            expect(held()).to.deep.equal(before);
          }));
      }
    }
  });
}

describe('a gradient of a convolution on tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('leaves out pixels that see padding, so that an infinite gradient gives no NaN', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 2, 1]);
    const dy = tf.tensor4d([Infinity, 1], [1, 1, 2, 1]);
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 1, 1] };
    const dw = tf.engine().runKernel<tf.Tensor>(tf.Conv2DBackpropFilter, { x, dy }, attrs);
    expect([...dw.dataSync()]).to.deep.equal([0, 0, 0, 1, Infinity, Infinity, 0, 0, 0]);
    tf.dispose([x, dy, dw]);
  });

  it('is refused for a filter of another depth, and leaves nothing', () => {
    const [x, dy] = [tf.zeros([1, 4, 4, 3]), tf.zeros([1, 4, 4, 2])];
    const before = held();
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 5, 2] };
    expect(() => tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, attrs)).to.throw(
      'conv2d: the input [1,4,4,3] has 3 channels, but the filter [3,3,5,2] is for 5',
    );
    expect(held()).to.deep.equal(before);
    tf.dispose([x, dy]);
  });
});
