/** Tests of deferred results: drawn together, drawn alone, dropped, and never wrong. */
import { expect } from 'chai';
import { forceVariant, TiledWebGLBackend, tiledInfo } from '../../../../../src/index.js';
import {
  drawsOf,
  leavingNothing,
  onCPU,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../../support/residencySupport.js';
import {
  type Bounded,
  exactly,
  expectEqual,
  expectWithin,
  inverseSqrt,
  product,
  quotient,
  sum,
  swish,
} from '../../../../support/rounding.js';
import { tf } from '../../../../support/setup.js';

const shape: Shape4 = [1, 6, 7, 8];

interface Layer {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly matrix: tf.Tensor2D;
  readonly vector: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/**
 * Returns small multiples of a power of two. Sums of some hundred products of them are exact in
 * float32, in any order, and so are the squares of these sums.
 */
function multiples(shape: Shape4, unit: number): Float32Array {
  return wholeNumbers(shape).map((v) => v * unit);
}

function layer(): Layer {
  return {
    x: tf.tensor4d(multiples(shape, 1 / 16), shape),
    filter: tf.tensor4d(
      wholeNumbers([3, 3, 8, 8]).map((v) => v % 3),
      [3, 3, 8, 8],
    ),
    matrix: tf.tensor2d(
      wholeNumbers([1, 1, 8, 8]).map((v) => v % 5),
      [8, 8],
    ),
    vector: tf.tensor1d([1, -2, 3, -4, 5, -6, 7, -8]),
    variance: tf.tensor1d([1, 4, 9, 16, 25, 36, 49, 64]),
  };
}

function convolved({ x, filter }: Layer): tf.Tensor4D {
  return tf.conv2d(x, filter, 1, 'same');
}

const layerOnCPU = (f: (layer: Layer) => tf.Tensor) => onCPU(() => f(layer()));

/** Runs `f` twice on a new layer, so that the layer's filters and constants are packed. */
function warmed(f: (layer: Layer) => void): Layer {
  const given = layer();
  for (let i = 0; i < 2; i++) f(given);
  return given;
}

/** Computes batch norm and a clip of a layer's convolution, whose value `y` is exact. */
function normalized(y: number, channel: number): Bounded {
  const [vector, variance] = [1, -2, 3, -4, 5, -6, 7, -8].map((v) => [v, v * v])[channel];
  const factor = product(exactly(vector), inverseSqrt(sum(exactly(variance), exactly(1e-3))));
  const centered = sum(exactly(y), exactly(-vector));
  const { value, bound } = sum(product(centered, factor), exactly(vector));
  return { value: Math.max(-3, Math.min(4, value)), bound };
}

interface Chain {
  /** Expected number of draws. */
  readonly draws: number;
  readonly net: (layer: Layer) => tf.Tensor;
  /**
   * Result from an exact value of the convolution, where the kernels after it round. If absent, all
   * values are exact.
   */
  readonly rounded?: (y: number, channel: number) => Bounded;
}

/** Nets of one convolution and kernels to fuse with it. */
const chains: Record<string, Chain> = {
  'bias, relu6': {
    draws: 1,
    net: (l) => tf.relu6(tf.add(convolved(l), l.vector)),
  },
  'batch norm, clip': {
    draws: 1,
    net: (l) => {
      const y = tf.batchNorm(convolved(l), l.vector, l.variance, l.vector, l.vector);
      return tf.clipByValue(y, -3, 4);
    },
    rounded: normalized,
  },
  'a value before the convolution': {
    draws: 1,
    net: (l) => tf.sub(l.vector, convolved(l)),
  },
  'x * sigmoid(x)': {
    draws: 1,
    net: (l) => {
      const y = tf.mul(convolved(l), 0.25);
      return tf.mul(y, tf.sigmoid(y));
    },
    rounded: (y) => swish(exactly(y / 4)),
  },
  'x * relu6(x + 3) / 6': {
    draws: 1,
    net: (l) => {
      const y = convolved(l);
      return tf.div(tf.mul(y, tf.relu6(tf.add(y, 3))), 6);
    },
    rounded: (y) => quotient(exactly(y * Math.max(0, Math.min(6, y + 3))), exactly(6)),
  },
  'the square of a sum': {
    draws: 1,
    net: (l) => {
      const y = tf.add(convolved(l), 1);
      return tf.mul(y, y);
    },
  },
  'two convolutions, added': {
    draws: 2,
    net: (l) => tf.relu(tf.add(convolved(l), convolved(l))),
  },
  'a result in another shape': {
    draws: 1,
    net: (l) => tf.add(tf.relu(tf.reshape(convolved(l), [42, 8])), l.vector),
  },
  'a row of all its values': {
    draws: 1,
    net: (l) => tf.mul(tf.relu(tf.reshape(convolved(l), [1, 336])), 2),
  },
  'a dense layer': {
    draws: 2,
    net: (l) => {
      const rows = tf.reshape(convolved(l), [42, 8]);
      return tf.relu(tf.add(tf.matMul(rows, l.matrix), l.vector));
    },
  },
  'a transposed convolution and relu': {
    draws: 1,
    net: (l) => tf.relu(tf.conv2dTranspose(l.x, l.filter, [1, 12, 14, 8], 2, 'same')),
  },
};

describe('deferred results', () => {
  for (const [name, { draws, net, rounded }] of Object.entries(chains)) {
    it(`take ${draws === 1 ? 'one program' : `${draws} programs`} and equal stock: ${name}`, () =>
      leavingNothing(async () => {
        const stock = await layerOnCPU(net);
        const sums = rounded && (await layerOnCPU(convolved)).map((y, i) => rounded(y, i % 8));
        const truth = sums ?? stock.map(exactly);
        expectWithin(stock, truth, 'stock');
        const given = warmed((l) => tf.tidy(() => net(l).dataSync()));
        let values: Float32Array | null = null;
        // Reading the result adds one draw, which converts it out of planes.
        const all = drawsOf(() => {
          tf.tidy(() => {
            values = net(given).dataSync() as Float32Array;
          });
        });
        expectWithin(values as unknown as Float32Array, truth);
        expect(all - 1, 'programs').to.equal(draws);
        tf.dispose(Object.values(given));
      }));
  }

  it('include intermediate values, read before or after the final result', () =>
    leavingNothing(async () => {
      const sum = await layerOnCPU(convolved);
      for (const first of ['before', 'after']) {
        const given = layer();
        const y = convolved(given);
        const z = tf.relu(y);
        const [a, b] = first === 'before' ? [y, z] : [z, y];
        const values = [a.dataSync(), b.dataSync()];
        const [ofY, ofZ] = first === 'before' ? values : values.reverse();
        expectEqual(ofY, sum);
        expectEqual(
          ofZ,
          sum.map((v) => Math.max(0, v)),
        );
        tf.dispose([y, z, ...Object.values(given)]);
      }
    }));

  it('are drawn once a layer from its second run on when an intermediate value is needed as well', () =>
    leavingNothing(() => {
      const given = layer();
      const both = () => {
        const y = convolved(given);
        const z = tf.relu(y);
        const w = tf.conv2d(z, given.filter, 1, 'same');
        const v = tf.conv2d(y, given.filter, 1, 'same');
        tf.dispose([z, w, v, y]);
      };
      both();
      const draws = [drawsOf(both), drawsOf(both)];
      // One draw each for the convolution, relu, and the two convolutions after them.
      expect(draws).to.deep.equal([4, 4]);
      tf.dispose(Object.values(given));
    }));

  it('have the right values when inputs are disposed, or moved to another backend, before the draw', () =>
    leavingNothing(async () => {
      const expected = await layerOnCPU(convolved);
      const given = layer();
      const gone = convolved(given);
      const z = tf.relu(gone);
      gone.dispose();
      given.x.dispose();
      expectEqual(
        z.dataSync(),
        expected.map((v) => Math.max(0, v)),
      );
      z.dispose();

      const x = tf.tensor4d(multiples(shape, 1 / 16), shape);
      const y = tf.conv2d(x, given.filter, 1, 'same');
      await tf.setBackend('cpu');
      tf.relu(x).dispose();
      await tf.setBackend('tiled-webgl');
      tf.relu(x).dispose();
      expectEqual(y.dataSync(), expected);
      tf.dispose([x, y, ...Object.values(given)]);
    }));

  it('have the right values when an input is disposed while it is being read', () =>
    leavingNothing(async () => {
      const given = layer();
      const x = tf.tidy(() => tf.relu(convolved(given)));
      const reading = x.data();
      const y = tf.conv2d(x, given.filter, 1, 'same');
      x.dispose();
      const [values, after] = [await reading, y.dataSync()];
      const activated = (l: Layer) => tf.relu(convolved(l));
      expect([...values]).to.deep.equal(await layerOnCPU(activated));
      const twice = (l: Layer) => tf.conv2d(activated(l), l.filter, 1, 'same');
      expect([...after]).to.deep.equal(await layerOnCPU(twice));
      tf.dispose([y, ...Object.values(given)]);
    }));

  it('are drawn when they are disposed unread, and leave nothing behind', () =>
    leavingNothing(() => {
      const given = warmed((l) => convolved(l).dispose());
      expect(drawsOf(() => convolved(given).dispose())).to.equal(1);
      tf.dispose(Object.values(given));
    }));

  it('are not deferred while gradients are computed', () =>
    leavingNothing(() => {
      const given = warmed((l) => tf.tidy(() => void tf.relu(convolved(l))));
      const loss = (x: tf.Tensor4D) => tf.sum(tf.relu(tf.conv2d(x, given.filter, 1, 'same')));
      const draws = drawsOf(() =>
        tf.dispose(tf.grad(loss as (x: tf.Tensor) => tf.Tensor)(given.x)),
      );
      // Forward and back: convolution, activation, and a conversion each at most.
      expect(draws).to.be.within(3, 6);
      tf.dispose(Object.values(given));
    }));

  it('do not include a Winograd convolution, whose planes the next kernels read', () =>
    leavingNothing(async () => {
      const wide: Shape4 = [1, 6, 7, 32];
      const net = ([x, filter]: tf.Tensor4D[]) =>
        tf.relu6(tf.add(tf.conv2d(x, filter, 1, 'same'), 1));
      const filter: Shape4 = [3, 3, 32, 8];
      const make = () => [
        tf.tensor4d(multiples(wide, 1 / 8), wide),
        tf.tensor4d(multiples(filter, 1 / 32), filter),
      ];
      await tf.setBackend('cpu');
      const expected = tf.tidy(() => net(make()).dataSync());
      await tf.setBackend('tiled-webgl');
      forceVariant('winograd-2x2x2', 'tiled-webgl');
      try {
        const given = make();
        tf.tidy(() => void net(given).dataSync());
        const [y, z] = [() => tf.conv2d(given[0], given[1], 1, 'same'), () => net(given)].map((f) =>
          drawsOf(() => tf.tidy(() => void f())),
        );
        // Four programs for the input, one for the products, one for the output; then one for both
        // epilogue steps.
        expect([y, z]).to.deep.equal([6, 7]);
        expectEqual(
          tf.tidy(() => net(given).dataSync()),
          [...expected],
        );
        tf.dispose(given);
      } finally {
        forceVariant(null, 'tiled-webgl');
      }
    }));

  it('that cannot be drawn throw when read, can be disposed, and leave other results unharmed', () =>
    leavingNothing(async () => {
      const given = layer();
      const [y, other] = [convolved(given), convolved(given)];
      const backend = tiledBackend().runner;
      const { drawInto } = backend;
      backend.drawInto = (dataId, ...rest) => {
        if (dataId === y.dataId) throw new Error('no way to draw it');
        drawInto.call(backend, dataId, ...rest);
      };
      try {
        const values = await layerOnCPU(convolved);
        expect([...other.dataSync()]).to.deep.equal(values);
        expect(tiledInfo('tiled-webgl').engine).to.equal('webgl');
        expect(() => y.dataSync()).to.throw('no way to draw it');
        const error = await y.data().catch((reason: Error) => reason);
        expect(error).to.be.an('error').with.property('message', 'no way to draw it');
        y.dispose();
        expect([...other.dataSync()]).to.deep.equal(values);
      } finally {
        Reflect.deleteProperty(backend, 'drawInto');
      }
      tf.dispose([other, ...Object.values(given)]);
    }));

  it('are computed kernel by kernel when the fused program does not compile', async () => {
    const name = 'tiled-deferred';
    tf.copyRegisteredKernels('tiled-webgl', name);
    tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
    const expected = await layerOnCPU(chains['bias, relu6'].net);
    await tf.setBackend(name);
    const { gl } = (tf.backend() as unknown as TiledWebGLBackend).gpgpu;
    const { shaderSource } = gl;
    gl.shaderSource = (shader, source) =>
      shaderSource.call(
        gl,
        shader,
        source.includes('step1') || (source.includes('relu6') && source.includes('weights'))
          ? 'not a shader'
          : source,
      );
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (line: string) => void warnings.push(line);
    try {
      const given = layer();
      const before = tf.memory().numTensors;
      for (let i = 0; i < 2; i++) {
        expectEqual(
          tf.tidy(() => chains['bias, relu6'].net(given).dataSync()),
          expected,
        );
      }
      expect(tf.memory().numTensors).to.equal(before);
      const steps = tiledInfo(name).ladder;
      expect(steps.length).to.equal(1);
      expect(steps[0]).to.include({ from: 'one program', to: 'one for each', count: 1 });
      expect(steps[0].kernel).to.equal('Conv2D + Add + Relu6');
      expect(warnings.length).to.equal(1);
      tf.dispose(Object.values(given));
    } finally {
      console.warn = warn;
      await tf.setBackend('cpu');
      tf.removeBackend(name);
    }
  });
});
