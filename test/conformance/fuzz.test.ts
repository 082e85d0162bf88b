/** A slice of the fuzz; test/long and `npm run fuzz` go on from here. */
import { expect } from 'chai';
import { differenceOf, findIn, uprootPlanted } from '../unit/fuzzSupport.js';
import { expectNoDifference } from './fuzzRun.js';

for (const [backend, runs] of [
  ['tiled-webgl', 60],
  ['tiled-cpu', 300],
] as const) {
  describe(`fuzz on ${backend}`, () => {
    it(`finds no difference in ${runs} cases`, () => expectNoDifference(backend, runs, 1));
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
