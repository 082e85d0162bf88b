/** Tests of tiled-cpu with threads on a page's main thread, which may not block. */
import { expect } from 'chai';
import { type TiledCPUBackend, tiledInfo } from '../../../../src/index.js';
import { wholeNumbers } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const name = 'tiled-cpu';

async function restartWith(threads: number): Promise<void> {
  const factory = tf.findBackendFactory(name) as () => TiledCPUBackend;
  tf.env().set('TILED_CPU_THREADS', threads);
  tf.removeBackend(name);
  tf.registerBackend(name, factory, 0);
  await tf.setBackend(name);
}

const convolve = () =>
  tf.tidy(() => {
    const x = tf.tensor4d(wholeNumbers([1, 56, 56, 32]), [1, 56, 56, 32]);
    const filter = tf.tensor4d(wholeNumbers([3, 3, 32, 44]), [3, 3, 32, 44]);
    return tf
      .conv2d(tf.mul<tf.Tensor4D>(x, 0.1), tf.mul<tf.Tensor4D>(filter, 0.1), 1, 'same')
      .dataSync();
  });

describe('threads of tiled-cpu on a page', () => {
  after(() => restartWith(0));

  it('compute the same values as one', async function () {
    if (!globalThis.crossOriginIsolated) {
      console.warn('threads are not tested: the page is not cross-origin isolated');
      this.skip();
    }
    if (navigator.hardwareConcurrency === 1) this.skip();
    await restartWith(1);
    const expected = convolve();
    // A browser under load may end a worker that it has just made, without an event.
    for (let attempt = 0; attempt < 4; attempt++) {
      await restartWith(2);
      convolve();
      while (tiledInfo(name).threads?.reason === 'workers are loading') {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (tiledInfo(name).threads?.reason !== 'a worker is lost: it does not load') break;
    }
    const on = { count: 2, reason: 'TILED_CPU_THREADS is 2' };
    expect(tiledInfo(name).threads).to.deep.equal(on);
    for (let i = 0; i < 20; i++) expect([...convolve()]).to.deep.equal([...expected]);
    expect(tiledInfo(name).threads).to.deep.equal(on);
  });
});
