/** Tests of several workers, and of a worker whose context is lost. */
import { expect } from 'chai';
import { asNumbers, here, inWorker } from '../../../../conformance/src/webgl/inWorker.js';
import type { Request } from '../../../../support/worker/predict.js';
import '../../../../support/setup.js';

describe('pages: in several workers', () => {
  it('one whose context is lost predicts on in a new context', async () => {
    const request: Request = { backend: 'tiled-webgl', inputs: 4 };
    const reply = await inWorker({ ...request, loseBefore: 2 });
    expect(reply.losses).to.equal(1);
    expect(asNumbers(reply.answers)).to.deep.equal(asNumbers(await here(request)));
    expect(reply.left).to.deep.equal([0, 0]);
  });

  it('two of them and the page predict at the same time', async () => {
    const request: Request = { backend: 'tiled-webgl', inputs: 3 };
    const [a, b, page] = await Promise.all([inWorker(request), inWorker(request), here(request)]);
    expect(asNumbers(a.answers)).to.deep.equal(asNumbers(page));
    expect(asNumbers(b.answers)).to.deep.equal(asNumbers(page));
  });
});
