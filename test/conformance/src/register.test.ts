/** Tests of tf.removeBackend() and of registering again: what works, and what is freed. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { expect } from 'chai';
import { registerTiled, TiledWebGLBackend } from '../../../src/index.js';
import { ours, tf } from '../../support/setup.js';
import { makeInput, makeNet, predict } from '../../support/worker/smallNet.js';
import { expectSameAgain, held } from './registeredAgain.js';

function answer(): number[] {
  return tf.tidy(() => {
    const net = makeNet('removal');
    return [...predict(net, makeInput(1)).dataSync()];
  });
}

describe('pages: a backend that was removed', () => {
  afterEach(() => registerTiled());

  for (const backend of ours) {
    it(`${backend} is registered again, and answers as before`, () => expectSameAgain(backend, 2));
  }

  it('releases its own context and no other', async () => {
    await tf.setBackend('webgl');
    const stock = (tf.backend() as MathBackendWebGL).gpgpu.gl;
    await tf.setBackend('tiled-webgl');
    const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
    answer();
    tf.removeBackend('tiled-webgl');
    expect(gl.isContextLost()).to.equal(true);
    expect(stock.isContextLost()).to.equal(false);
  });

  it('is not replaced by registerTiled() while it is still registered', async () => {
    await tf.setBackend('tiled-webgl');
    const engine = tf.backend();
    tf.removeBackend('tiled-cpu');
    registerTiled();
    expect(tf.findBackend('tiled-webgl')).to.equal(engine);
    expect(tf.findBackendFactory('tiled-cpu')).to.be.a('function');
  });

  it('throws when its tensors are read, and lets them be disposed', async () => {
    await tf.setBackend('tiled-webgl');
    const before = held();
    const net = makeNet('removal');
    const x = makeInput(2);
    const y = predict(net, x);
    const reading = y.data().then(
      () => 'numbers',
      (error: Error) => error.name,
    );
    const engine = tf.backend();
    expect(engine).to.be.instanceOf(TiledWebGLBackend);
    await tf.setBackend('cpu');
    tf.removeBackend('tiled-webgl');
    expect(() => y.dataSync()).to.throw(Error);
    expect(await reading).to.match(/Error$/);
    tf.dispose([x, y, ...Object.values(net)]);
    expect(held()).to.deep.equal(before);
  });
});
