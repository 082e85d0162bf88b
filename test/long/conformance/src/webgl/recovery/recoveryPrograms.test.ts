import { expect } from 'chai';
import { ContextLostError, tune, warmUp } from '../../../../../../src/index.js';
import {
  errorOf,
  expectContextLost,
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

describe('lost context: programs', () => {
  it('that stock waits for are given up even when a new context exists before they are ready', () =>
    withWeights(async (weights, expected) => {
      // A kernel of stock's own, because the net has none.
      tf.tidy(() => tf.cumsum(tf.range(0, 600)).dataSync());
      const { gpgpu } = tiledBackend();
      const gl = gpgpu.gl as WebGL2RenderingContext;
      const { getProgramParameter } = gl;
      // Simulates a browser that compiles in the background, and has not finished.
      const COMPLETION_STATUS_KHR = 0x91b1;
      Object.assign(gpgpu, { parallelCompilationExtension: { COMPLETION_STATUS_KHR } });
      gl.getProgramParameter = (program, what) =>
        what === COMPLETION_STATUS_KHR ? false : getProgramParameter.call(gl, program, what);
      const ready = errorOf(() => tiledBackend().checkCompileCompletionAsync());
      loseContext();
      expect(numbers(weights)).to.deep.equal(expected);
      expect(await ready).to.be.instanceOf(ContextLostError);
    }));

  it('that were compiled ahead are compiled again', () =>
    withWeights(async (weights, expected) => {
      const stages = ['while the model runs', 'while programs are compiled'];
      for (const [i, stage] of stages.entries()) {
        let calls = 0;
        const between = () => void (++calls === 1 && i === 0 && loseContext());
        const onProgress = () => void (i === 1 && info().losses === 1 && loseContext());
        const options = { backend: 'tiled-loss', onProgress };
        await warmUp(() => predict(weights, between), null, options);
        expect(numbers(weights), stage).to.deep.equal(expected);
      }
      expect(info().losses).to.equal(2);
    }));

  for (const where of ['between two convolutions', 'in one that is measured']) {
    it(`that tune() measures are given up, and nothing is remembered, when it happens ${where}`, () =>
      withLosses(async () => {
        const { put } = IDBObjectStore.prototype;
        let remembered = 0;
        IDBObjectStore.prototype.put = function (...args) {
          remembered++;
          return put.apply(this, args);
        };
        const weights = makeWeights();
        const options = { backend: 'tiled-loss', rounds: 1 };
        const expected = numbers(weights);
        try {
          const { gl } = tiledBackend().gpgpu;
          const { drawArrays } = gl;
          let draws = 0;
          gl.drawArrays = (...args) => {
            if (where.startsWith('in') && ++draws === 20) loseContext();
            drawArrays.apply(gl, args);
          };
          const onProgress = () => void (where.startsWith('between') && loseContext());
          const tuning = () => tune(() => predict(weights), null, { ...options, onProgress });
          await expectContextLost(tuning, /tune\(\) was measuring/);
          expect(remembered, 'records').to.equal(0);
        } finally {
          IDBObjectStore.prototype.put = put;
        }
        // Earlier measurements are in use, so another variant may run; the net is exact on each.
        expect(numbers(weights)).to.deep.equal(expected);
        expect(info().losses).to.equal(1);
        tf.dispose(weights);
      }));
  }
});
