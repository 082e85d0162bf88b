/** Tests that the fuzz finds wrong captured predictions, and counts those that are refused. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { WeightWatch } from '../../../../src/engine/weightWatch.js';
import { registerTiled } from '../../../../src/index.js';
import { type Capturing, startEngine } from '../../../fuzz/engine.js';
import { fuzz } from '../../../fuzz/fuzz.js';
import { faultsOf, reportText } from '../../../fuzz/text.js';
import { differenceOf, request } from '../../../unit/fuzz/fuzzSupport.js';

type Fast = Awaited<ReturnType<Capturing['capture']>>;

describe('fuzz of captured predictions on tiled-cpu', () => {
  before(() => {
    // Each test file brings its own engine, and only the first one is registered.
    tf.removeBackend('tiled-cpu');
    registerTiled();
  });

  /** Fuzzes with captured predictions that `change` replaces. */
  async function reportOf(change: (fast: Fast) => Fast, runs = 1500) {
    const engine = await startEngine('tiled-cpu');
    const own = engine.capturing as Capturing;
    const capturing: Capturing = {
      ...own,
      capture: async (predict, x) => change(await own.capture(predict, x)),
    };
    return fuzz({
      backend: 'tiled-cpu',
      stock: ['cpu'],
      engine: { ...engine, capturing },
      runs,
      seed: 1,
    });
  }

  const withPredict = (fast: Fast, predict: Fast['predict']): Fast => ({
    predict,
    dispose: () => fast.dispose(),
    get info() {
      return fast.info;
    },
  });

  it('finds no difference, replays, and gives up recordings for every reason', async () => {
    const { difference, captures } = await reportOf((fast) => fast, 3000);
    expect(difference).to.equal(null);
    expect(captures?.cases).to.be.above(100);
    expect(captures?.captured).to.be.above(90);
    expect(captures?.replays).to.be.above(500);
    expect(captures?.refused).to.include.keys('an input has no values');
    expect(captures?.dropped).to.include.keys(
      'a weight was disposed of',
      'a variable was assigned to',
      'its memory was needed',
      'another variant was asked for',
      'the flag TILED_GPU_BYTES_LIMIT was set',
    );
  });

  it('finds a recording that is used after a variable was assigned', async () => {
    const { replaced } = WeightWatch.prototype;
    WeightWatch.prototype.replaced = () => null;
    try {
      const { message, case: c } = differenceOf(await reportOf((fast) => fast));
      expect(message).to.match(/^captured: after assign, event 0: output \d has .* eagerly$/);
      expect(c.captured?.map(({ what }) => what)).to.deep.equal(['assign']);
    } finally {
      WeightWatch.prototype.replaced = replaced;
    }
  });

  it('finds an answer of a former input, and finds it again by its path', async () => {
    const change = (fast: Fast) => {
      let kept: tf.Tensor | null = null;
      return withPredict(fast, (x) => {
        // Inputs without values are predicted eagerly.
        if (!fast.info.captured || x.size === 0) return fast.predict(x);
        kept ??= tf.keep(x.clone());
        const stale = fast.predict(kept);
        if (fast.info.replays > 1) kept.dispose();
        return stale;
      });
    };
    const { message, case: c } = differenceOf(await reportOf(change));
    expect(message).to.match(/^captured: output \d has .* eagerly$/);
    expect(c.captured).to.deep.equal([]);
  });

  it('finds a replay that differs in the sign of a zero', async () => {
    const negated = (fast: Fast) =>
      withPredict(fast, (x) => {
        const all = fast.predict(x);
        if (!fast.info.captured) return all;
        return all.map((y) => {
          const values = y.dataSync().map((v) => (Object.is(v, 0) ? -0 : v));
          const { shape, dtype } = y;
          y.dispose();
          return tf.tensor(values, shape, dtype);
        });
      });
    const { message } = differenceOf(await reportOf(negated));
    expect(message).to.match(/^captured: output \d has 0 at \d+, and 0 eagerly$/);
  });

  it('finds a tensor that a replay leaves behind, and an error', async () => {
    const leaking = (fast: Fast) =>
      withPredict(fast, (x) => {
        if (fast.info.captured) tf.keep(tf.scalar(1));
        return fast.predict(x);
      });
    const { message } = differenceOf(await reportOf(leaking));
    expect(message).to.match(/^captured: leaves \d+ tensors more/);
    const failing = (fast: Fast) =>
      withPredict(fast, (x) => {
        if (fast.info.replays > 1) throw new Error('not again');
        return fast.predict(x);
      });
    expect(differenceOf(await reportOf(failing)).message).to.match(/^captured: .*not again$/);
  });

  it('counts why predictions are not captured, and says when none was', async () => {
    const refused = (fast: Fast): Fast => ({
      predict: (x) => fast.predict(x),
      dispose: () => fast.dispose(),
      get info() {
        return { ...fast.info, captured: false, reason: 'it is late', replays: 0 };
      },
    });
    const report = await reportOf(refused);
    const { difference, captures } = report;
    expect(difference).to.equal(null);
    expect(captures?.refused).to.deep.equal({ 'it is late': captures?.cases });
    expect(faultsOf(report, { ...request, runs: 1500 })).to.deep.equal([
      `none of ${captures?.cases} captured cases was predicted from a recording`,
    ]);
    expect(reportText(report, request, 1, request)).to.match(/reason:\n +\d+ {2}it is late\n/);
  });
});
