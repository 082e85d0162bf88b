/** Tests of the kernels of captured nets on tiled-cpu: the bits of the model, also after what ends a recording. */
import { expect } from 'chai';
import { capture, trim } from '../../../../../src/index.js';
import {
  expectReplays,
  expectSame,
  type Several,
  settle,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { cpuBackend, expectRecordedAnew, leavingNothing, name } from './cpuCaptureSupport.js';

type Shape4 = [number, number, number, number];

/** Weights of a net by name. A net makes its own, and may be given others. */
type Weights = Record<string, tf.Variable>;

interface Net {
  /** Shapes of the weights. */
  readonly weights: Readonly<Record<string, number[]>>;
  readonly shape: Shape4;
  run(w: Record<string, tf.Tensor4D & tf.Tensor1D & tf.Tensor2D>, x: tf.Tensor4D): Several;
}

const hardSwish = (x: tf.Tensor4D) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)) as tf.Tensor4D;

const nets: Record<string, Net> = {
  'a mobile net with squeeze and excitation': {
    shape: [1, 17, 15, 3],
    weights: {
      stem: [3, 3, 3, 8],
      stemBias: [8],
      wide: [1, 1, 8, 16],
      deep: [3, 3, 16, 1],
      squeeze: [1, 1, 16, 4],
      excite: [1, 1, 4, 16],
      narrow: [1, 1, 16, 8],
      dense: [8, 10],
    },
    run: (w, x) => {
      const y = hardSwish(tf.add(tf.conv2d(x, w.stem, 2, 'same'), w.stemBias));
      const z = tf.relu6(tf.conv2d(y, w.wide, 1, 'same'));
      const d = hardSwish(tf.depthwiseConv2d(z, w.deep, 1, 'same'));
      const pooled = tf.mean(d, [1, 2], true) as tf.Tensor4D;
      const s = tf.relu(tf.conv2d(pooled, w.squeeze, 1, 'same'));
      const gates = tf.sigmoid(tf.conv2d(s, w.excite, 1, 'same'));
      const n = tf.add(tf.conv2d(tf.mul(d, gates) as tf.Tensor4D, w.narrow, 1, 'same'), y);
      return tf.softmax(tf.matMul(tf.mean(n, [1, 2]) as tf.Tensor2D, w.dense));
    },
  },
  'a segmentation with resizes and joins': {
    shape: [1, 16, 20, 4],
    weights: { down: [3, 3, 4, 8], deeper: [3, 3, 8, 16], up: [3, 3, 24, 6], last: [2, 2, 3, 6] },
    run: (w, x) => {
      const a = tf.relu(tf.conv2d(x, w.down, 1, 'same'));
      const b = tf.relu6(tf.conv2d(tf.maxPool(a, 2, 2, 'same'), w.deeper, 2, 'same'));
      const c = tf.image.resizeBilinear(b, [16, 20], true);
      const d = tf.conv2d(tf.concat([a, c], 3), w.up, 1, 'same');
      const up = tf.conv2dTranspose(d, w.last, [1, 32, 40, 3], 2, 'same');
      const near = tf.image.resizeNearestNeighbor(a, [8, 10]);
      return { up, mask: tf.argMax(d, 3), near, pooled: tf.avgPool(b, 3, 2, 'same') };
    },
  },
  'broadcasts along every axis': {
    shape: [1, 48, 40, 3],
    weights: { channels: [3], rows: [48, 1, 1], columns: [40, 1], pixels: [48, 40, 1] },
    run: (w, x) => {
      const y = tf.maximum(tf.mul(tf.add(x, w.channels), w.rows), tf.sub(w.columns, w.pixels));
      const isHigh = tf.greater(y, w.pixels);
      return [y, isHigh, tf.where(isHigh, tf.sin(y), tf.squaredDifference(w.rows, y))];
    },
  },
  'splits, shapes and orders': {
    shape: [2, 6, 6, 12],
    weights: { one: [1, 1, 4, 4], two: [5, 5, 4, 4], scale: [12] },
    run: (w, x) => {
      const [a, b, c] = tf.split(tf.mul(x, w.scale), 3, 3) as tf.Tensor4D[];
      const joined = tf.concat(
        [tf.conv2d(a, w.one, 1, 'same'), tf.conv2d(b, w.two, 1, 'same'), c],
        3,
      );
      const rows = tf.transpose(tf.reshape(joined, [2, 36, 12]), [0, 2, 1]);
      const [top, rest] = tf.split(rows, [5, 7], 1);
      const padded = tf.pad(top, [
        [0, 0],
        [1, 2],
        [0, 1],
      ]);
      const tiles = tf.depthToSpace(x, 2, 'NHWC');
      return [
        padded,
        tf.slice(rest, [0, 2, 3], [2, 4, 30]),
        tf.reverse(tiles, 1),
        tf.unstack(rows, 0)[1],
        tf.stack([top, tf.neg(top)], 1),
        tf.tile(tf.expandDims(top, 0), [2, 1, 1, 1]),
        tf.gather(rest, [3, 0, 0], 1),
      ];
    },
  },
  'attention over pixels': {
    shape: [1, 5, 5, 8],
    weights: { query: [8, 8], key: [8, 8], value: [8, 8], gain: [8], offset: [8] },
    run: (w, x) => {
      const t = tf.reshape(x, [25, 8]) as tf.Tensor2D;
      const { mean, variance } = tf.moments(t, 1, true);
      const normal = tf.div(tf.sub(t, mean), tf.sqrt(tf.add(variance, 1e-3)));
      const n = tf.add(tf.mul(normal, w.gain), w.offset) as tf.Tensor2D;
      const [q, k, v] = [w.query, w.key, w.value].map((m) => tf.matMul(n, m));
      const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 8 ** -0.5));
      const { values, indices } = tf.topk(tf.sum(weights, 0), 3);
      // A matrix that depends on the inputs is none that our kernels could pack.
      const y = tf.transpose(tf.matMul(v, weights, true, true));
      return [tf.add(y, t), values, indices, tf.logSoftmax(q)];
    },
  },
  'a classifier with fused layers and batch norms': {
    shape: [2, 9, 7, 5],
    weights: {
      filter: [3, 3, 5, 8],
      bias: [8],
      slopes: [8],
      deep: [3, 3, 8, 1],
      mean: [8],
      spread: [8],
      dense: [8, 4],
      denseBias: [4],
    },
    run: (w, x) => {
      const { conv2d, depthwiseConv2d, matMul } = tf.fused;
      const fused = { x, filter: w.filter, strides: 1, pad: 'same', bias: w.bias } as const;
      const a = conv2d({ ...fused, activation: 'prelu', preluActivationWeights: w.slopes });
      const b = conv2d({ ...fused, activation: 'elu' });
      const c = conv2d({ ...fused, activation: 'leakyrelu', leakyreluAlpha: 0.3 });
      const more = { x: b, filter: w.deep, strides: 2, pad: 'same', bias: w.bias } as const;
      const d = depthwiseConv2d({ ...more, activation: 'relu6' });
      const e = tf.batchNorm4d(a, w.mean, tf.add(tf.square(w.spread), 1) as tf.Tensor1D, w.bias);
      const flat = tf.max(tf.add(e, c), [1, 2]) as tf.Tensor2D;
      const y = matMul({ a: flat, b: w.dense, bias: w.denseBias, activation: 'sigmoid' });
      return [d, e, y, tf.oneHot(tf.argMax(y, 1) as tf.Tensor1D, 4), tf.leakyRelu(c, 0.1)];
    },
  },
  'functions of one value and comparisons': {
    shape: [1, 4, 5, 6],
    weights: { other: [5, 1] },
    run: (w, x) => {
      const y = tf.clipByValue(tf.tanh(tf.exp(tf.minimum(x, w.other))), -0.5, 0.9);
      const isLarge = tf.greater(y, 0.2);
      const both = tf.logicalAnd(isLarge, tf.less(x, tf.maximum(w.other, 0)));
      return {
        where: tf.where(both, y, tf.elu(x)),
        count: tf.sum(tf.cast(both, 'int32')),
        any: tf.any(isLarge, 3),
        powers: tf.pow(tf.abs(x), 1.5),
        roots: tf.rsqrt(tf.add(tf.square(x), 1)),
        rounds: tf.cast(tf.round(tf.mul(x, 9)), 'int32'),
        scaled: tf.selu(tf.softplus(tf.sub(x, w.other))),
        sums: tf.cumsum(tf.prod(tf.add(x, 1.5), 2), 1),
      };
    },
  },
  'pads before convolutions': {
    shape: [1, 10, 9, 5],
    weights: { filter: [3, 3, 5, 6], deep: [3, 3, 6, 1], more: [2, 2, 5, 4] },
    run: (w, x) => {
      const pad = (t: tf.Tensor4D, top: number, left: number, value = 0) =>
        tf.pad4d(
          t,
          [
            [0, 0],
            [top, 1],
            [left, 2],
            [0, 0],
          ],
          value,
        );
      const both = pad(tf.relu(x), 1, 0);
      const a = tf.conv2d(both, w.filter, 2, 'valid');
      const b = tf.conv2d(both, w.more, 1, 'same');
      const read = pad(x, 2, 1);
      const c = tf.conv2d(read, w.filter, 1, 'valid');
      const d = tf.depthwiseConv2d(pad(tf.relu6(a), 1, 1), w.deep, 1, 'valid');
      const twice = tf.conv2d(pad(pad(tf.neg(x), 1, 1), 0, 2), w.filter, 1, 'valid');
      const ones = tf.conv2d(pad(x, 1, 1, 1), w.filter, 1, 'valid');
      const given = pad(c, 1, 3);
      return [a, b, tf.cumsum(read, 2), c, d, twice, ones, given, tf.maxPool(both, 2, 2, 'valid')];
    },
  },
  'planes before rows': {
    shape: [1, 5, 8, 9],
    weights: { filter: [3, 3, 5, 6], deep: [3, 3, 6, 1] },
    run: (w, x) => {
      const y = tf.conv2d(x, w.filter, 1, 'same', 'NCHW');
      const z = tf.transpose(tf.relu(y), [0, 2, 3, 1]) as tf.Tensor4D;
      const d = tf.depthwiseConv2d(z, w.deep, 1, 'valid', 'NHWC', [2, 2]);
      return [
        tf.relu6(d),
        tf.localResponseNormalization(z, 2),
        tf.spaceToBatchND(
          z,
          [2, 3],
          [
            [0, 0],
            [0, 0],
          ],
        ),
      ];
    },
  },
};

/** Returns a random tensor of this shape. */
const random = (shape: readonly number[]) => tf.randomUniform([...shape], -1, 1);

/** Runs `body` with a net and its weights; it must leave nothing. */
function withWeights(
  { weights, run, shape }: Net,
  body: (model: (x: tf.Tensor) => Several, w: Weights, make: () => tf.Tensor) => Promise<void>,
): Promise<void> {
  return leavingNothing(async () => {
    const w = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(weights).map(([key, size]) => [key, tf.variable(random(size))]),
      ),
    );
    const model = (x: tf.Tensor) =>
      tf.tidy(() => run(w as never, x as tf.Tensor4D) as tf.Tensor) as Several;
    await body(model, w, () => random(shape));
    tf.dispose(w);
  });
}

describe('capture on tiled-cpu: nets', () => {
  for (const [kind, net] of Object.entries(nets)) {
    it(`${kind}: fresh inputs have the bits of the model`, () =>
      withWeights(net, async (model, _, make) => {
        const x = make();
        const fast = await capture<tf.Tensor, Several>(model, x);
        expect(fast.info).to.include({ captured: true, reason: null });
        await expectReplays(fast, model, make, 8);
        fast.dispose();
        x.dispose();
      }));

    it(`${kind}: each weight matters after it was assigned to`, () =>
      withWeights(net, async (model, w, make) => {
        const x = make();
        const fast = await capture<tf.Tensor, Several>(model, x);
        for (const variable of Object.values(w)) {
          tf.tidy(() => variable.assign(random(variable.shape)));
          await expectRecordedAnew(fast, model, make);
          await expectReplays(fast, model, make, 1);
        }
        fast.dispose();
        x.dispose();
      }));

    it(`${kind}: all events in turn leave the bits as they are`, () =>
      withWeights(net, async (model, w, make) => {
        const x = make();
        const fast = await capture<tf.Tensor, Several>(model, x);
        const wide = () => random([3, ...net.shape.slice(1)]);
        const ballast: tf.Tensor[] = [];
        const events: Record<string, () => unknown> = {
          'an eager prediction': () => tf.dispose(model(x) as tf.Tensor),
          'inputs of another shape': async () => {
            if (kind === 'a segmentation with resizes and joins') return;
            if (kind === 'splits, shapes and orders') return;
            if (kind === 'attention over pixels') return;
            await settle(fast, model, wide);
            await expectReplays(fast, model, wide, 2);
          },
          'a heap that grows': () => {
            const values = tf.ones([cpuBackend().heapBytes / 4 + 1000]);
            ballast.push(tf.relu(values));
            values.dispose();
          },
          'a heap that moves': () => {
            tf.dispose(ballast);
            trim(name);
          },
          'debug mode': () => tf.env().set('PROD', !tf.env().getBool('PROD')),
          'another backend': async () => {
            await tf.setBackend('cpu');
            await expectSame(fast, model, x);
            await tf.setBackend(name);
          },
          profiling: () => tf.profile(() => tf.dispose(fast.predict(x) as tf.Tensor)),
          'trained weights': () =>
            tf.tidy(() => {
              for (const variable of Object.values(w)) {
                variable.assign(tf.mul(variable, 0.9));
              }
            }),
        };
        for (const [what, event] of Object.entries(events)) {
          await event();
          for (let i = 0; i < 2; i++) {
            const t = make();
            await expectSame(fast, model, t);
            t.dispose();
          }
          await settle(fast, model, make);
          expect(fast.info.captured, what).to.equal(true);
          await expectReplays(fast, model, make, 1);
        }
        tf.env().set('PROD', false);
        fast.dispose();
        tf.dispose([x, ...ballast]);
      }));
  }
});
