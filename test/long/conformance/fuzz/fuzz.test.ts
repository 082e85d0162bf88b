/** Run of the fuzz that is long enough to reach every variant. */
import { expect } from 'chai';
import { PRECISION } from '../../../../src/engine/flags.js';
import { expectNoDifference } from '../../../conformance/fuzz/fuzzRun.js';
import { startEngine } from '../../../fuzz/engine.js';
import type { FuzzCase } from '../../../fuzz/fuzzCase.js';
import { judge } from '../../../fuzz/judge.js';
import { stockOf } from '../../../fuzz/stock.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import { ours, tf } from '../../../support/setup.js';

for (const backend of ours) {
  describe(`fuzz on ${backend}`, () => {
    it('finds no difference in 600 cases, or twice as many, and runs every variant', async () => {
      const ran = new Set<string>();
      let neverRan: string[] = [];
      for (const seed of [119, 11]) {
        const { report, engine } = await expectNoDifference(backend, 600, seed);
        expect(report.counts.likeStock, 'like stock').to.be.above(0);
        expect(report.counts.refused, 'refused').to.be.above(0);
        expect(report.asked, 'asked of stock').to.be.above(5);
        for (const name of Object.keys(report.ran ?? {})) ran.add(name);
        neverRan = engine.possible.filter((name) => !ran.has(name));
        if (neverRan.length === 0) break;
      }
      expect(neverRan, 'variants that never ran').to.deep.equal([]);
    });
  });
}

/** Case whose weights are in a uniform block that is freed while the prediction is recorded. */
const freedBlock: FuzzCase = {
  keeps: false,
  read: 'dataSync',
  runs: 1,
  links: [{ op: 'sigmoid' }, { op: 'twice' }],
  conv: {
    kernel: 'conv2d',
    in: [1, 1, 1, 1],
    filter: [5, 5, 1, 1],
    stride: [2, 2],
    pad: 2,
    dilation: [1, 1],
    format: 'NHWC',
    activation: 'leakyrelu',
    alpha: 0.3,
    seed: 1,
  },
  state: 'limit',
  variant: 'block-2x1x2',
  captured: [],
};

describe('a case of the fuzz', () => {
  it('reads no weights that were freed while it was recorded', async () => {
    const backend = 'tiled-webgl';
    const engine = await startEngine(backend);
    const { verdict } = await judge(freedBlock, { backend, stock: stockOf[backend], engine });
    expect(verdict).to.equal('right');
  });
});

describe('fuzz on tiled-webgl with half floats', () => {
  it('finds no difference in 60 cases beyond the rounding of stored values', async () => {
    tf.env().set(PRECISION, 'half');
    try {
      const { report } = await onOwnBackend(
        'tiled-half',
        () => {},
        () => expectNoDifference('tiled-webgl', 60, 5, { name: 'tiled-half', precision: 'half' }),
      );
      expect(Object.keys(report.ran ?? {}).filter((name) => /^winograd/.test(name))).to.deep.equal(
        [],
      );
    } finally {
      tf.env().set(PRECISION, 'float32');
    }
  });
});
