/** Losses of a context, again and again, and at any call of a kind. */
import { expect } from 'chai';
import { ContextLostError, tiledInfo } from '../../../../../../src/index.js';
import {
  errorOf,
  info,
  loseContext,
  makeWeights,
  numbers,
  predict,
  withLosses,
  withWeights,
} from '../../../../../conformance/src/webgl/recovery/recoverySupport.js';
import { tiledBackend } from '../../../../../support/residencySupport.js';
import { tf } from '../../../../../support/setup.js';

/** Loses the context this many times, each time with a pending result. */
export function expectNothingLeft(times: number): Promise<void> {
  return withWeights((weights, expected) => {
    const before = tf.memory();
    for (let i = 1; i <= times; i++) {
      const y = predict(weights);
      loseContext();
      y.dispose();
      expect(numbers(weights), `loss ${i}`).to.deep.equal(expected);
      const { numTensors, numBytes, numDataBuffers } = before;
      expect(tf.memory()).to.include({ numTensors, numBytes, numDataBuffers });
      expect(info().losses).to.equal(i);
    }
  });
}

type Call = 'createProgram' | 'createTexture' | 'linkProgram' | 'createShader';

/** Loses the context at the first such call of a prediction, then at the second, and so on. */
export function expectNamedAtAny(call: Call): Promise<void> {
  return withLosses(async () => {
    const weights = makeWeights();
    const expected = numbers(weights);
    // Each round starts with a new context, which has to make everything.
    for (let k = 0; ; k++) {
      loseContext();
      tiledBackend().recovery.ready();
      const { gl } = tiledBackend().gpgpu;
      const usual = gl[call] as (...args: unknown[]) => unknown;
      let calls = 0;
      Object.assign(gl, {
        [call]: (...args: unknown[]) => {
          if (calls++ === k) loseContext();
          return usual.apply(gl, args);
        },
      });
      const { numTensors } = tf.memory();
      const data = tiledBackend().numDataIds();
      const error = await errorOf(() => {
        expect(numbers(weights)).to.deep.equal(expected);
      });
      if (calls <= k) {
        expect(error).to.equal(null);
        expect(k, 'calls that were made').to.be.above(2);
        break;
      }
      if (error !== null) expect(error, `call ${k}`).to.be.instanceOf(ContextLostError);
      expect(tf.memory().numTensors, `call ${k}`).to.equal(numTensors);
      expect(tiledBackend().numDataIds(), `call ${k}`).to.equal(data);
    }
    expect(tiledInfo('tiled-loss').ladder).to.deep.equal([]);
    tf.dispose(weights);
  });
}
