/** Short fuzz of tiled-cpu, which compiles nothing; test/long and `npm run fuzz` do tiled-webgl. */
import { expect } from 'chai';
import { differenceOf, findIn, uprootPlanted } from '../../unit/fuzz/fuzzSupport.js';
import { expectNoDifference } from './fuzzRun.js';

describe('fuzz on tiled-cpu', () => {
  it('finds no difference in 300 cases', () => expectNoDifference('tiled-cpu', 300, 1));
});

describe('fuzz of gradients', () => {
  afterEach(uprootPlanted);

  it('finds a planted wrong gradient', async () => {
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
