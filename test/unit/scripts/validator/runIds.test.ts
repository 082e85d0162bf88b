import { expect } from 'chai';
import '../../../../src/index.js';
import { NotRegistered, runIds } from '../../../../scripts/validator/command/runIds.js';
import type { CaseResult } from '../../../../src/validator/index.js';

const id = (seed: number) =>
  `conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=${seed}`;
const run = { backend: 'tiled-cpu', reference: ['cpu'], ids: [id(2), id(1)], variant: '' };

describe('validate: runIds', () => {
  it('gives the result of every id, in their order', async () => {
    const results: CaseResult[] = [];
    const onResult = (result: CaseResult) => {
      results.push(result);
    };
    await runIds(run, { onResult }, new AbortController().signal);
    expect(results.map(({ id, verdict }) => [id, verdict])).to.deep.equal([
      [id(2), 'pass'],
      [id(1), 'pass'],
    ]);
    expect(results[0].stockError).to.have.all.keys('cpu');
  });

  it('ends after the case in which it is aborted', async () => {
    const stop = new AbortController();
    let count = 0;
    const onResult = () => {
      count++;
      stop.abort();
    };
    await runIds(run, { onResult }, stop.signal);
    expect(count).to.equal(1);
  });

  it('names the backend or reference that is not registered', async () => {
    for (const wrong of [{ backend: 'nosuch' }, { reference: ['cpu', 'nosuch'] }]) {
      const error = await runIds(
        { ...run, ...wrong },
        { onResult: () => expect.fail('it ran') },
        new AbortController().signal,
      ).catch((e) => e);
      expect(error).to.be.instanceOf(NotRegistered);
      expect(error.message).to.equal('backend "nosuch" is not registered');
    }
  });
});
