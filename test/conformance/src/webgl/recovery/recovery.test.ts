/** Tests of a lost context: what recovers by itself, what reports the loss, what may never hang. */
import { expect } from 'chai';
import { ContextLostError, tiledInfo } from '../../../../../src/index.js';
import { inPlanes, tiledBackend, wholeNumbers } from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';
import {
  errorOf,
  expectContextLost,
  expectTensorLost,
  flags,
  info,
  loseContext,
  makeWeights,
  numbers,
  predict,
  withLosses,
  withWeights,
} from './recoverySupport.js';

describe('lost context', () => {
  it('keeps weights, and the next prediction is the same bit for bit', () =>
    withWeights((weights, expected) => {
      const stock = tiledBackend().device;
      loseContext();
      expect(numbers(weights)).to.deep.equal(expected);
      expect(tiledBackend().device).to.not.equal(stock);
      expect(numbers(weights), 'again').to.deep.equal(expected);
      expect(info()).to.include({ losses: 1, tensorsRestored: 5, tensorsLost: 0 });
      expect([...weights.conv.dataSync()]).to.deep.equal([...wholeNumbers([1, 2, 4, 8])]);
    }));

  it('ends the current prediction in an error, and the next one works', () =>
    withWeights(async (weights, expected) => {
      const { numTensors } = tf.memory();
      await expectContextLost(() => predict(weights, loseContext), /\[1,12,11,8\] of float32/);
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(numbers(weights)).to.deep.equal(expected);
      expect(info().losses).to.equal(1);
    }));

  it('inside a kernel causes no fallback, and no program is refused', () =>
    withWeights(async (weights, expected) => {
      const { gl } = tiledBackend().gpgpu;
      const { numTensors } = tf.memory();
      const { drawArrays } = gl;
      gl.drawArrays = (...args) => {
        loseContext();
        drawArrays.apply(gl, args);
      };
      await expectContextLost(() => numbers(weights));
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(numbers(weights)).to.deep.equal(expected);
      expect(tiledInfo('tiled-loss').ladder).to.deep.equal([]);
    }));

  it('names a computed tensor that was lost, the reason, and what to do', () =>
    withLosses(async () => {
      const y = inPlanes([1, 3, 4, 8]);
      const z = tf.tidy(() => tf.cumsum(tf.range(0, 600)));
      loseContext();
      const words =
        /a tensor \[1,3,4,8\] of float32 went with it, because it was computed on the GPU.*compute it again/;
      await expectTensorLost(() => y.dataSync(), words);
      await expectTensorLost(() => y.data(), words);
      await expectTensorLost(() => tf.relu(y), words);
      await expectTensorLost(() => tf.reshape(y, [-1]), words);
      await expectTensorLost(() => tf.slice(z, [0], [2]), /\[600\] of float32/);
      await expectTensorLost(() => z.dataToGPU(), /\[600\] of float32/);
      expect(await errorOf(() => y.data())).to.include({ dtype: 'float32' });
      expect(info()).to.include({ tensorsLost: 2, tensorsRestored: 0 });
      tf.dispose([y, z]);
    }));

  it('keeps values that were read before', () =>
    withLosses(async () => {
      const y = inPlanes([1, 3, 4, 8]);
      const z = tf.tidy(() => tf.add(tf.range(0, 600), 1));
      const before = [await y.data(), z.dataSync()];
      loseContext();
      expect([y.dataSync(), z.dataSync()]).to.deep.equal(before);
      expect(tf.tidy(() => [...tf.neg(z).dataSync()])[599]).to.equal(-600);
      tf.dispose([y, z]);
    }));

  it('loses pending results along with their inputs', () =>
    withWeights(async (weights, expected) => {
      const x = tf.tensor4d(wholeNumbers([1, 6, 6, 4]), [1, 6, 6, 4]);
      const { gl } = tiledBackend().gpgpu;
      gl.drawArrays = () => expect.fail('drawn');
      const y = tf.tidy(() => tf.relu(tf.conv2d(x, weights.conv, 1, 'same')));
      loseContext();
      await expectTensorLost(() => y.data(), /\[1,6,6,8\]/);
      expect(numbers(weights)).to.deep.equal(expected);
      tf.dispose([x, y]);
    }));

  it('loses a slice, and restores the whole tensor', () =>
    withLosses(async () => {
      const whole = tf.tensor1d(wholeNumbers([1, 1, 1, 600]));
      const [slice, other] = tf.tidy(() => [tf.slice(whole, [8], [500]), tf.neg(whole)]);
      loseContext();
      await expectTensorLost(() => slice.data(), /\[500\]/);
      expect([...whole.dataSync()]).to.deep.equal([...wholeNumbers([1, 1, 1, 600])]);
      tf.dispose([slice, other, whole]);
    }));

  it('keeps strings, and the parts of complex tensors that came from the CPU', () =>
    withLosses(async () => {
      const words = tf.tensor1d(['a', 'b']);
      const z = tf.tidy(() => tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])));
      const spectrum = tf.tidy(() => tf.fft(z));
      loseContext();
      expect(words.dataSync()).to.deep.equal(['a', 'b'] as never);
      expect([...z.dataSync()]).to.deep.equal([1, 3, 2, 4]);
      await expectTensorLost(() => spectrum.data());
      await expectTensorLost(() => spectrum.data(), /./);
      tf.dispose([words, z, spectrum]);
    }));

  it('restores no tensor whose array was written to after the upload', () =>
    withLosses(async () => {
      const values = wholeNumbers([1, 1, 1, 600]);
      const filter = wholeNumbers([3, 3, 8, 8]);
      const x = tf.tensor1d(values);
      const w = tf.tensor4d(filter, [3, 3, 8, 8]);
      tf.tidy(() => void [tf.neg(x), tf.conv2d(inPlanes([1, 4, 4, 8]), w, 1, 'same').dataSync()]);
      values[7] = 1e6;
      filter[0] = 1e6;
      loseContext();
      for (let losses = 1; losses < 3; losses++) {
        await expectTensorLost(() => x.data(), /its array has been written to/);
        await expectTensorLost(() => w.data(), /its array has been written to/);
        expect(info()).to.include({ losses, tensorsLost: 2 });
        tiledBackend().recovery.ready();
        if (losses === 1) loseContext();
      }
      tf.dispose([x, w]);
    }));

  it('keeps only what is on the CPU anyway when TILED_KEEP_VALUES is false', () =>
    withLosses(
      async () => {
        const weights = makeWeights();
        const expected = numbers(weights);
        const x = tf.tensor1d(wholeNumbers([1, 1, 1, 600]));
        tf.tidy(() => void tf.neg(x));
        expect(info().keptBytes).to.equal(0);
        loseContext();
        await expectTensorLost(() => x.data(), /\[600\].*TILED_KEEP_VALUES is false/);
        expect(info()).to.include({ tensorsRestored: 5, tensorsLost: 1 });
        expect(numbers(weights)).to.deep.equal(expected);
        tf.dispose([weights, x]);
      },
      { [flags.keep]: false },
    ));

  it('is counted in tiledInfo(), and so are the bytes of kept values', () =>
    withWeights((weights) => {
      const bytes = Object.values(weights).reduce((sum, { size }) => sum + 4 * size, 0);
      expect(info().keptBytes).to.be.within(bytes - 4 * 8, bytes);
      loseContext();
      numbers(weights);
      expect(info()).to.include({ losses: 1, tensorsLost: 0 });
      // Starts the backend.
      tf.findBackend('tiled-cpu');
      expect(tiledInfo('tiled-cpu').context).to.equal(null);
    }));

  it('rejects all pending predictions, and each model predicts again', () =>
    withLosses(async () => {
      const input = tf.tensor4d(wholeNumbers([1, 20, 20, 4]), [1, 20, 20, 4]);
      const models = [1, 2, 3].map((scale) =>
        tf.tensor4d(new Array(4 * 9 * 8).fill(scale), [3, 3, 4, 8]),
      );
      const predictions = () => models.map((filter) => tf.conv2d(input, filter, 1, 'same'));
      const numbersOf = (answers: tf.Tensor[]) => answers.map((y) => [...y.dataSync()]);
      const [first, answers] = [predictions(), predictions()];
      const expected = numbersOf(first);
      const reads = answers.map((y) => errorOf(() => y.data()));
      loseContext();
      for (const error of await Promise.all(reads))
        expect(error).to.be.instanceOf(ContextLostError);
      const again = predictions();
      expect(numbersOf(again)).to.deep.equal(expected);
      tf.dispose([input, ...models, ...first, ...answers, ...again]);
    }));
});
