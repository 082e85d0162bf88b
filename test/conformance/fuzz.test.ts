/** A slice of the fuzz; `npm run fuzz` goes on from here. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { startEngine } from '../../scripts/fuzz/engine.js';
import { fuzz } from '../../scripts/fuzz/fuzz.js';
import { stockOf } from '../../scripts/fuzz/judge.js';
import { countsText } from '../../scripts/fuzz/text.js';
import { differenceOf, findIn, uprootPlanted } from '../unit/fuzzSupport.js';
import { ours } from './setup.js';

for (const backend of ours) {
  describe(`fuzz on ${backend}`, () => {
    it('finds no difference in 300 cases', async () => {
      const engine = await startEngine(backend);
      const stock = stockOf[backend];
      const report = await fuzz({ backend, stock, engine, runs: 300, seed: 1 });
      expect(report.difference).to.equal(null);
      expect(report.cases, countsText(report.counts)).to.equal(300);
      const { right, likeStock, refused } = report.counts;
      expect(right, 'right').to.be.above(200);
      expect(likeStock, 'like stock').to.be.above(0);
      expect(refused, 'refused').to.be.above(0);
      expect(report.asked, 'asked of stock').to.be.above(5);
      expect(Object.keys(report.ran ?? {}), 'variants').to.include.members([...engine.possible]);
    });
  });
}

describe('fuzz of gradients', () => {
  afterEach(uprootPlanted);

  it('finds a wrong one', async () => {
    const { message } = differenceOf(
      await findIn(() => ({ kernel, backend }, right) => {
        const y = right();
        const values = backend.data.get(y.dataId).values as Float32Array;
        if (kernel === 'Conv2DBackpropFilter') values[0] += 1;
        return y;
      }),
    );
    expect(message).to.match(/^gradient by the filter: /);
  });
});
