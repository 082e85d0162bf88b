/**
 * Tests of the backends in a worker, where canvases are OffscreenCanvas, compared with the same
 * backends on the page.
 */
import { expect } from 'chai';
import { ours } from '../../../support/setup.js';
import type { Request } from '../../../support/worker/predict.js';
import { asNumbers, here, inWorker } from './inWorker.js';

describe('pages: in a worker', () => {
  for (const backend of [...ours, 'tiled'] as const) {
    it(`${backend} answers as in the page, bit for bit, and leaves nothing`, async () => {
      const request: Request = { backend, inputs: 4 };
      const reply = await inWorker(request);
      expect(reply.hasDocument).to.equal(false);
      if (backend !== 'tiled') expect(`tiled-${reply.engine}`).to.equal(backend);
      expect(asNumbers(reply.answers)).to.deep.equal(asNumbers(await here(request)));
      expect(new Set(reply.answers.map(String)).size).to.equal(4);
      expect(reply.left).to.deep.equal([0, 0]);
    });
  }
});
