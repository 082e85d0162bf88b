import { expect } from 'chai';
import {
  type PeerFirst,
  peerRows,
  peerSummaries,
} from '../../../../../scripts/bench/report/peers.js';
import { LITERT, ONNX_RUNTIME } from '../../../../../scripts/bench/sides.js';

const device = { renderer: 'a GPU', userAgent: 'a browser' };
const first: PeerFirst = { firstMs: 9, memoryBytes: 5, bytes: 40, gzipBytes: 10 };

function rowsOf(net: string, times: Readonly<Record<string, readonly number[]>>) {
  const sides = Object.entries(times).map(([name, own]) => ({
    ...{ name, times: own, firstMs: 1, difference: name === LITERT ? 0 : 1e-6 },
  }));
  const firsts = new Map(sides.map(({ name }) => [name, first]));
  return peerRows(net, { device, sides, memoryBytes: null }, firsts);
}

const rows = [
  ...rowsOf('both', { [LITERT]: [2, 4, 40], [ONNX_RUNTIME]: [4, 8, 80], ours: [1, 8, 10] }),
  ...rowsOf('no translation', { [LITERT]: [3], ours: [2] }),
];

describe('bench: the suite of peers', () => {
  it('compares times of the same round with each peer', () => {
    const [, , ours, , alone] = rows;
    expect(ours).to.deep.equal({
      ...{ net: 'both', name: 'ours', ms: 8, leastMs: 1, speedup: 2, onnxSpeedup: 4 },
      ...{ difference: 1e-6, firstMs: 9, memoryBytes: 5, downloadBytes: 40, gzipBytes: 10 },
    });
    expect(alone.speedup).to.equal(1.5);
    expect(alone.onnxSpeedup).to.equal(null);
  });

  it('summarises the nets that a peer ran, without the peer', () => {
    const overLiteRt = peerSummaries(rows, LITERT);
    expect(Object.keys(overLiteRt)).to.deep.equal([ONNX_RUNTIME, 'ours']);
    expect(overLiteRt.ours.mean).to.be.closeTo(Math.sqrt(2 * 1.5), 1e-12);
    expect(overLiteRt.ours).to.include({ count: 2, worst: 1.5, worstNet: 'no translation' });
    expect(peerSummaries(rows, ONNX_RUNTIME).ours).to.include({ count: 1, worst: 4 });
  });
});
