/** Tests of tiles of half floats, on a device that would draw into float32 as well. */
import { expect } from 'chai';
import { PRECISION } from '../../../../../src/engine/flags.js';
import { TiledWebGLBackend, tiledInfo } from '../../../../../src/index.js';
import {
  caseInputs,
  compare,
  coreGrid,
  describeComparison,
  reference,
  runCase,
  toHalf,
} from '../../../../../src/validator/index.js';
import { onOwnBackend } from '../../../../support/ownBackend.js';
import { tf } from '../../../../support/setup.js';

const name = 'tiled-half';

/** Runs `body` on a backend that stores tiles in these floats. */
async function withPrecision(
  precision: string,
  body: (backend: TiledWebGLBackend) => void | Promise<void>,
): Promise<void> {
  tf.env().set(PRECISION, precision);
  try {
    await onOwnBackend(name, () => {}, body);
  } finally {
    tf.env().set(PRECISION, 'float32');
  }
}

/** Returns the bytes of planes that a convolution of ones takes. */
function bytesOfAConvolution(backend: TiledWebGLBackend): number {
  const before = backend.device.planes.bytesAllocated;
  tf.tidy(() => {
    const x = tf.ones([1, 32, 32, 8]) as tf.Tensor4D;
    tf.conv2d(x, tf.ones([3, 3, 8, 8]) as tf.Tensor4D, 1, 'same').dataSync();
  });
  return backend.device.planes.bytesAllocated - before;
}

describe('tiles of half floats', () => {
  it('take half the memory, and say so', async () => {
    let full = 0;
    await withPrecision('float32', (backend) => {
      full = bytesOfAConvolution(backend);
      expect(tiledInfo(name).precision).to.equal('float32');
      expect(backend.floatPrecision()).to.equal(32);
    });
    await withPrecision('half', (backend) => {
      expect(bytesOfAConvolution(backend)).to.equal(full / 2);
      expect(tiledInfo(name)).to.include({ precision: 'half', device: 'swiftshader' });
      expect(backend.floatPrecision()).to.equal(16);
      expect(tiledInfo(name).ladder).to.deep.equal([]);
    });
  });

  it('are not taken by themselves on a rasteriser', () =>
    withPrecision('auto', ({ device }) => {
      expect(device.precision).to.equal('float32');
    }));

  it('hold each value as the nearest half float', () =>
    withPrecision('half', () => {
      const values = [0, 1, -1 / 3, 2049, 65504, 1e-7, 2 ** -24, 0.1, -4095.5, 2051];
      tf.tidy(() => {
        const x = tf.tensor4d(values, [1, 1, 2, 5]);
        const y = tf.conv2d(x, tf.reshape(tf.eye(5), [1, 1, 5, 5]) as tf.Tensor4D, 1, 'same');
        expect([...y.dataSync()]).to.deep.equal(values.map(toHalf));
      });
    }));

  it('give sums within the bound that the rounding of stored values leaves', () =>
    withPrecision('half', async () => {
      for (const c of [...coreGrid()].filter((_, i) => i % 41 === 0)) {
        const inputs = caseInputs(c);
        const result = compare(await runCase(c, name, inputs), reference(c, inputs, 'half'));
        expect(result.ok, describeComparison(result)).to.equal(true);
      }
      expect(tiledInfo(name).ladder).to.deep.equal([]);
    }));

  it('round steps that are fused as if they had been stored', () =>
    withPrecision('half', () => {
      tf.tidy(() => {
        const x = tf.randomUniform([1, 9, 9, 8], -1, 1, 'float32', 3) as tf.Tensor4D;
        const w = tf.randomUniform([3, 3, 8, 8], -1, 1, 'float32', 4) as tf.Tensor4D;
        const sum = tf.conv2d(x, w, 1, 'same');
        const fused = tf.mul(tf.tanh(sum), 3).dataSync();
        const alone = tf.conv2d(x, w, 1, 'same');
        alone.dataSync();
        expect([...tf.mul(tf.tanh(alone), 3).dataSync()]).to.deep.equal([...fused]);
      });
    }));

  it('keep what is beside a NaN or an infinity', () =>
    withPrecision('half', () => {
      tf.tidy(() => {
        const lanes = [Number.NaN, -2.203125, Number.POSITIVE_INFINITY, 0.5146484375];
        for (const turned of [
          lanes,
          [...lanes].reverse(),
          [lanes[1], lanes[0], lanes[3], lanes[2]],
        ]) {
          const bias = tf.tensor1d(turned);
          const x = tf.zeros([1, 2, 2, 4]) as tf.Tensor4D;
          const sum = tf.conv2d(x, tf.zeros([1, 1, 4, 4]) as tf.Tensor4D, 1, 'same');
          const y = tf.leakyRelu(tf.add(sum, bias), 0.5).dataSync();
          const isSame = turned.map((v, i) => !Number.isFinite(v) || y[i] === (v < 0 ? v / 2 : v));
          expect(isSame, `${[...y.slice(0, 4)]}`).to.deep.equal([true, true, true, true]);
        }
      });
    }));

  it('are asked for by a value that the flag knows, and refused with any other', async () => {
    const message = "TILED_PRECISION must be 'auto', 'float32' or 'half'; got double";
    expect(() => tf.env().set(PRECISION, 'double')).to.throw(message);
    try {
      // The flag keeps what it has refused.
      expect(() => new TiledWebGLBackend()).to.throw(message);
    } finally {
      tf.env().set(PRECISION, 'float32');
    }
  });
});
