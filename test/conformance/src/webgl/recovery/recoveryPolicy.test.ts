import { expect } from 'chai';
import { ContextLostError, TiledWebGLBackend, tiledInfo } from '../../../../../src/index.js';
import { inPlanes, wholeNumbers } from '../../../../support/residencySupport.js';
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
  withWeights,
} from './recoverySupport.js';

describe('lost context: TILED_ON_CONTEXT_LOSS', () => {
  it("'cpu' goes on with the kept values on tiled-cpu, and lists the step in tiledInfo()", () =>
    withWeights(
      async (weights, expected) => {
        const y = inPlanes([1, 4, 4, 8]);
        loseContext();
        const found = numbers(weights);
        expect(found).to.deep.equal(expected);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        expect(tiledInfo()).to.deep.include({ backend: 'tiled-cpu', engine: 'cpu' });
        const step = tiledInfo().ladder.find(({ from }) => from === 'tiled-loss');
        expect(step).to.include({ to: 'tiled-cpu', reason: 'the WebGL context was lost' });
        await expectTensorLost(() => tf.relu(y));
        await tf.setBackend('tiled-loss');
        expect(numbers(weights), 'asked for again').to.deep.equal(found);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        y.dispose();
      },
      { [flags.policy]: 'cpu' },
    ));

  it("'cpu' reads a picture for which tfjs had chosen the WebGL kernel", () =>
    withWeights(
      async () => {
        loseContext();
        const picture = new ImageData(new Uint8ClampedArray([1, 2, 3, 255, 4, 5, 6, 255]), 2, 1);
        const x = tf.browser.fromPixels(picture);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        expect([...x.dataSync()]).to.deep.equal([1, 2, 3, 4, 5, 6]);
        x.dispose();
      },
      { [flags.policy]: 'cpu' },
    ));

  it("'throw' refuses every kernel, and lets values on the CPU move to another backend", () =>
    withWeights(
      async (weights, expected) => {
        loseContext();
        for (let i = 0; i < 2; i++) {
          await expectContextLost(() => numbers(weights), /TILED_ON_CONTEXT_LOSS is 'throw'/);
        }
        expect(info().losses).to.equal(1);
        expect([...(await weights.dense.data())]).to.deep.equal([...wholeNumbers([1, 1, 8, 5])]);
        await tf.setBackend('cpu');
        expect(numbers(weights)).to.deep.equal(expected);
      },
      { [flags.policy]: 'throw' },
    ));

  it("'restore' tries again after the browser gave no new context", () =>
    withWeights(async (weights, expected) => {
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = (() => null) as never;
      try {
        loseContext();
        for (let i = 0; i < 2; i++) {
          await expectContextLost(
            () => numbers(weights),
            /gives no WebGL2 context\); the next call/,
          );
        }
        expect(tf.memory()).to.include({ numBytesInGPUAllocated: 0 });
      } finally {
        OffscreenCanvas.prototype.getContext = getContext;
      }
      expect(numbers(weights)).to.deep.equal(expected);
      expect(info().losses).to.equal(1);
    }));

  it('refuses any other value', () => {
    expect(() => tf.env().set(flags.policy, 'retry')).to.throw(
      "TILED_ON_CONTEXT_LOSS must be 'restore', 'cpu' or 'throw'; got retry",
    );
    tf.env().set(flags.policy, 'restore');
  });
});

describe('lost context: a backend that was removed', () => {
  it('rejects its reads, and leaves its weights to another backend', async () => {
    const name = 'tiled-removed';
    tf.copyRegisteredKernels('tiled-webgl', name);
    tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
    await tf.setBackend(name);
    const weights = makeWeights();
    const expected = numbers(weights);
    const y = inPlanes([1, 20, 20, 8]);
    const read = errorOf(() => y.data());
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    expect(await read).to.be.instanceOf(ContextLostError);
    await expectTensorLost(() => y.data());
    expect(numbers(weights)).to.deep.equal(expected);
    tf.dispose([weights, y]);
  });
});
