/**
 * Tests of tiled-webgl beside stock webgl: each keeps its context, in any order of start and end.
 */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { expect } from 'chai';
import { TiledWebGLBackend, tiledInfo } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';

/** Runs a short chain of stock and convolution kernels, and returns its answer. */
function answer(): number[] {
  return tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 75), [1, 5, 5, 3]) as tf.Tensor4D;
    const y = tf.conv2d(x, tf.ones([3, 3, 3, 2]) as tf.Tensor4D, 2, 'same');
    return [...tf.concat([tf.relu(y), tf.maxPool(y, 2, 1, 'same')], 3).dataSync()];
  });
}

let born = 0;

/** Registers a new instance of a backend under a new name. */
async function birth(kind: 'webgl' | 'tiled-webgl'): Promise<string> {
  const name = `${kind}-${++born}`;
  tf.copyRegisteredKernels(kind, name);
  const create = () => (kind === 'webgl' ? new MathBackendWebGL() : new TiledWebGLBackend());
  tf.registerBackend(name, create, 0);
  expect(await tf.setBackend(name)).to.equal(true);
  return name;
}

describe('two WebGL backends in one page', () => {
  let expected: number[];

  before(async () => {
    await tf.setBackend('cpu');
    expected = answer();
  });

  async function expectRight(...names: string[]): Promise<void> {
    for (const name of names) {
      await tf.setBackend(name);
      // Runs twice: the first run compiles, the second uses what was left bound.
      expect(answer(), name).to.deep.equal(expected);
      expect(answer(), `${name} again`).to.deep.equal(expected);
      const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
      expect(gl.getError(), `${name}: WebGL error`).to.equal(gl.NO_ERROR);
    }
  }

  async function death(name: string): Promise<void> {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }

  it('predict right in turns when stock started first, and after tiled is removed', async () => {
    const stock = await birth('webgl');
    await expectRight(stock);
    const tiled = await birth('tiled-webgl');
    await expectRight(stock, tiled, stock, tiled);
    await death(tiled);
    await expectRight(stock);
    await death(stock);
  });

  it('predict right in turns when tiled started first, and after stock is removed', async () => {
    const tiled = await birth('tiled-webgl');
    await expectRight(tiled);
    const stock = await birth('webgl');
    await expectRight(tiled, stock, tiled, stock);
    await death(stock);
    await expectRight(tiled);
    await death(tiled);
  });

  it('share no textures and programs when both are tiled', async () => {
    const [a, b] = [await birth('tiled-webgl'), await birth('tiled-webgl')];
    await expectRight(a, b, a);
    await death(a);
    await expectRight(b);
    await death(b);
  });

  it('move a tensor from stock to tiled and back', async () => {
    await tf.setBackend('webgl');
    const x = tf.relu(tf.tensor4d([1, -2, 3, -4], [1, 2, 2, 1]));
    await tf.setBackend('tiled-webgl');
    const y = tf.conv2d(x as tf.Tensor4D, tf.tensor4d([2], [1, 1, 1, 1]), 1, 'same');
    await tf.setBackend('webgl');
    const z = tf.neg(y);
    expect([...z.dataSync()]).to.deep.equal([-2, -0, -6, -0]);
    tf.dispose([x, y, z]);
  });

  it('leave the tiled one unused until it is asked for', () => {
    const order = tf.engine() as unknown as {
      registryFactory: Record<string, { priority: number }>;
    };
    for (const name of ['tiled', 'tiled-webgl', 'tiled-cpu']) {
      expect(order.registryFactory[name].priority, name).to.be.lessThan(1);
    }
  });

  it("'tiled' chooses the CPU on a software rasteriser and says why", async () => {
    await tf.setBackend('tiled');
    await tf.ready();
    expect(answer()).to.deep.equal(expected);
    const { engine, reason } = tiledInfo();
    expect(engine).to.equal('cpu');
    expect(reason).to.match(/renderer \(.*(SwiftShader|llvmpipe).*\) is a program on the CPU/i);
  });
});
