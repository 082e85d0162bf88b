/** Tests that conv2dTranspose and the gradient by the input equal stock, with results in planes. */
import { expect } from 'chai';
import { forceVariant, VariantRefusal } from '../../../../src/index.js';
import {
  expectOnlyInPlanes,
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

interface Case {
  readonly dy: Shape4;
  /** [height, width, channels of the result, channels of dy] */
  readonly filter: Shape4;
  readonly out: Shape4;
  readonly stride: [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly variant: string;
}

const cases: readonly Case[] = [
  {
    dy: [2, 5, 7, 6],
    filter: [3, 3, 5, 6],
    out: [2, 5, 7, 5],
    stride: [1, 1],
    pad: 'same',
    variant: 'direct',
  },
  {
    dy: [1, 4, 5, 3],
    filter: [3, 2, 4, 3],
    out: [1, 6, 6, 4],
    stride: [1, 1],
    pad: 'valid',
    variant: 'direct',
  },
  {
    dy: [1, 7, 7, 3],
    filter: [1, 1, 4, 3],
    out: [1, 3, 3, 4],
    stride: [1, 1],
    pad: 2,
    variant: 'direct',
  },
  {
    dy: [2, 5, 7, 6],
    filter: [2, 2, 5, 6],
    out: [2, 10, 14, 5],
    stride: [2, 2],
    pad: 'same',
    variant: 'transposed-4x2x1',
  },
  {
    dy: [2, 3, 5, 9],
    filter: [4, 4, 7, 9],
    out: [2, 6, 10, 7],
    stride: [2, 2],
    pad: 'same',
    variant: 'transposed-4x2x1',
  },
  {
    dy: [1, 4, 4, 4],
    filter: [3, 3, 6, 4],
    out: [1, 9, 10, 6],
    stride: [2, 2],
    pad: 'valid',
    variant: 'transposed-4x2x1',
  },
  {
    dy: [1, 4, 4, 4],
    filter: [3, 5, 6, 4],
    out: [1, 10, 10, 6],
    stride: [3, 3],
    pad: 'same',
    variant: 'transposed-general',
  },
];

type Op = (c: Case, dy: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;

const ops: Record<string, Op> = {
  conv2dTranspose: ({ out, stride, pad }, dy, filter) =>
    tf.conv2dTranspose(dy, filter, out, stride, pad),
  'gradient of conv2d': ({ out, stride, pad }, dy, filter) =>
    tf.grad((x) => tf.conv2d(x as tf.Tensor4D, filter, stride, pad))(tf.zeros(out), dy),
};

function inputs({ dy, filter }: Case): [tf.Tensor4D, tf.Tensor4D] {
  const weights = wholeNumbers(filter).map((v) => ((v + 15) % 9) - 4);
  return [tf.tensor4d(wholeNumbers(dy), dy), tf.tensor4d(weights, filter)];
}

describe('Conv2DBackpropInput in tiles', () => {
  for (const [name, op] of Object.entries(ops)) {
    for (const c of cases) {
      it(`equals stock cpu: ${name} of [${c.dy}] by [${c.filter}], strides ${c.stride}, pad ${c.pad}`, () =>
        leavingNothing(async () => {
          await tf.setBackend('cpu');
          const wanted = tf.tidy(() => op(c, ...inputs(c)).dataSync());
          await tf.setBackend('tiled-webgl');
          const before = runs();
          const y = tf.tidy(() => op(c, ...inputs(c)) as tf.Tensor4D);
          const ran = Object.entries(runs()).filter(([v, count]) => count !== (before[v] ?? 0));
          expect(ran).to.have.length(1);
          expect(ran[0][0]).to.match(new RegExp(`^${c.variant}`));
          expectOnlyInPlanes(y);
          expect(y.shape).to.deep.equal(c.out);
          expect(y.dataSync()).to.deep.equal(wanted);
          // Now dy is in planes, and the filter is still packed from the first run.
          const twice = tf.tidy(() => {
            const [dy, filter] = inputs(c);
            const same = tf.ones([1, 1, c.dy[3], 1]) as tf.Tensor4D;
            const lying = tf.depthwiseConv2d(dy, same, 1, 'valid');
            return [op(c, lying, filter), op(c, lying, filter)];
          });
          for (const again of twice) expect(again.dataSync()).to.deep.equal(wanted);
          tf.dispose([y, ...twice]);
        }));
    }
  }

  for (const variant of ['transposed-4x2x1', 'transposed-2x2x1', 'transposed-general']) {
    it(`computes the same with ${variant}, if that is forced`, () =>
      leavingNothing(async () => {
        const upsampling = cases.find(({ stride: [h, w] }) => h === 2 && w === 2)!;
        const run = () =>
          tf.tidy(() => backprop(upsampling, ...inputs(upsampling), 'NHWC').dataSync());
        await tf.setBackend('cpu');
        const wanted = run();
        await tf.setBackend('tiled-webgl');
        const before = runs();
        forceVariant(variant, 'tiled-webgl');
        try {
          expect(run()).to.deep.equal(wanted);
        } finally {
          forceVariant(null, 'tiled-webgl');
        }
        expect(runs()[variant]).to.equal((before[variant] ?? 0) + 1);
      }));
  }

  it('refuses strides above 1 if a variant of conv2d is forced', async () => {
    const upsampling = cases.find(({ stride: [h, w] }) => h === 2 && w === 2)!;
    await tf.setBackend('tiled-webgl');
    forceVariant('direct-4x2x1', 'tiled-webgl');
    try {
      expect(() => tf.tidy(() => backprop(upsampling, ...inputs(upsampling), 'NHWC'))).to.throw(
        VariantRefusal,
        /direct-4x2x1 does not take this convolution/,
      );
    } finally {
      forceVariant(null, 'tiled-webgl');
    }
  });

  it('reads NCHW as stock does', () =>
    leavingNothing(async () => {
      for (const c of cases) {
        const wanted = tf.tidy(() => {
          const [dy, filter] = inputs(c);
          const dx = backprop(c, dy, filter, 'NHWC');
          return tf.transpose(dx, [0, 3, 1, 2]).dataSync();
        });
        const got = tf.tidy(() => {
          const [dy, filter] = inputs(c);
          return backprop(c, tf.transpose(dy, [0, 3, 1, 2]), filter, 'NCHW').dataSync();
        });
        expect(got).to.deep.equal(wanted);
      }
    }));
});

function backprop(
  { out, stride, pad }: Case,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  dataFormat: 'NHWC' | 'NCHW',
): tf.Tensor {
  const [n, h, w, d] = out;
  const attrs = {
    strides: stride,
    pad,
    dataFormat,
    inputShape: dataFormat === 'NHWC' ? out : [n, d, h, w],
  };
  return tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, attrs) as tf.Tensor;
}

/** Counts how often each variant has computed Conv2DBackpropInput. */
function runs(): Record<string, number> {
  tiledBackend().flush();
  return tiledBackend().log.variants()[tf.Conv2DBackpropInput] ?? {};
}
