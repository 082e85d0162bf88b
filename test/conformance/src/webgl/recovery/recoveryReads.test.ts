import { expect } from 'chai';
import { ContextLostError, TensorLostError } from '../../../../../src/index.js';
import { inPlanes, tiledBackend } from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';
import {
  errorOf,
  expectContextLost,
  expectTensorLost,
  info,
  loseContext,
  numbers,
  withLosses,
  withWeights,
} from './recoverySupport.js';

describe('lost context: reads', () => {
  it('that are pending are all rejected, and a disposed tensor is gone', () =>
    withLosses(async () => {
      const y = inPlanes([1, 20, 20, 8]);
      const z = tf.tidy(() => tf.add(tf.range(0, 600), 1));
      const reads = [y.data(), y.data(), z.data()].map((read) => errorOf(() => read));
      loseContext();
      z.dispose();
      for (const error of await Promise.all(reads)) {
        expect(error).to.be.instanceOf(ContextLostError);
        expect(error).to.not.be.instanceOf(TensorLostError);
      }
      await expectTensorLost(() => y.data());
      y.dispose();
    }));

  it('are rejected even when a new context exists before they end', () =>
    withWeights(async (weights, expected) => {
      const y = inPlanes([1, 20, 20, 8]);
      const read = errorOf(() => y.data());
      loseContext();
      expect(numbers(weights)).to.deep.equal(expected);
      expect(await read).to.be.instanceOf(ContextLostError);
      y.dispose();
    }));

  it('of complex tensors are rejected', () =>
    withLosses(async () => {
      const y = tf.tidy(() => tf.fft(tf.complex(tf.range(0, 64), tf.range(0, 64))));
      const reads = [y.data(), y.data()].map((read) => errorOf(() => read));
      loseContext();
      for (const error of await Promise.all(reads)) {
        expect(error).to.be.instanceOf(ContextLostError);
      }
      y.dispose();
    }));

  it('that give only zeros are accepted only if the context still draws', () =>
    withLosses(async () => {
      const zeros = tf.tidy(() => tf.mul(tf.range(0, 600), 0));
      expect([...(await zeros.data())].some((value) => value !== 0)).to.equal(false);
      expect(info().losses).to.equal(0);
      for (const read of ['data', 'dataSync'] as const) {
        const y = inPlanes([1, 20, 20, 8]);
        tiledBackend().flush();
        // Simulates a browser that has lost the context but has not told the page yet.
        const { gl } = tiledBackend().gpgpu as unknown as { gl: WebGL2RenderingContext };
        gl.readPixels = () => {};
        gl.getBufferSubData = () => {};
        await expectContextLost(() => y[read](), /being read/);
        await expectTensorLost(() => y[read]());
        y.dispose();
      }
      expect(info().losses).to.equal(2);
      zeros.dispose();
    }));

  it('by tf.time() end in an error, and work again afterwards', () =>
    withLosses(async () => {
      const timing = errorOf(() =>
        tf.time(() => {
          tf.tidy(() => void inPlanes([1, 20, 20, 8]));
          loseContext();
        }),
      );
      expect(await timing).to.be.instanceOf(ContextLostError);
      await expectTensorLost(() => {
        const y = inPlanes([1, 4, 4, 8]);
        loseContext();
        try {
          return tf.tidy(() => tf.relu(y));
        } finally {
          y.dispose();
        }
      });
      const { kernelMs } = await tf.time(() => tf.tidy(() => void inPlanes([1, 4, 4, 8])));
      expect(kernelMs).to.not.equal(undefined);
    }));
});
