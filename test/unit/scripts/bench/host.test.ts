import { expect } from 'chai';
import { readBenchOptions } from '../../../../scripts/bench/command/options.js';
import {
  type HostPageResult,
  type HostSample,
  hostRows,
  hostSummaries,
} from '../../../../scripts/bench/report/host.js';
import { hostText } from '../../../../scripts/bench/report/hostText.js';

const device = { renderer: 'a GPU', userAgent: 'a browser' };

function page(samples: Record<string, Partial<HostSample>[]>): HostPageResult {
  return {
    device,
    sides: Object.entries(samples).map(([backend, some]) => ({
      backend,
      samples: some.map((sample) => ({ ms: 0, whole: 0, allocated: null, calls: {}, ...sample })),
    })),
  };
}

const timed = page({
  webgl: [
    { ms: 10, allocated: 2000 },
    { ms: 30, allocated: null },
    { ms: 12, allocated: 4000 },
  ],
  'tiled-webgl': [
    { ms: 9, allocated: null },
    { ms: 3, allocated: null },
    { ms: 6, allocated: null },
  ],
});
const counted = page({
  webgl: [{ calls: { bindTexture: 70, drawElements: 20, drawArrays: 5, drawBuffers: 5 } }],
  'tiled-webgl': [{ calls: { drawArrays: 10, bindTexture: 30 } }],
});

describe('bench: the host suite', () => {
  const rows = hostRows('a-net', timed, counted);
  const [reference, ours] = rows;

  it('takes medians and least times, and counts draws among the calls', () => {
    expect(reference).to.deep.include({ ms: 12, leastMs: 10, calls: 100, draws: 25 });
    expect(ours).to.deep.include({ ms: 6, leastMs: 3, calls: 40, draws: 10 });
    expect(Object.keys(ours.byName), 'most frequent first').to.deep.equal([
      'bindTexture',
      'drawArrays',
    ]);
  });

  it('leaves out heap growth where the heap was collected meanwhile', () => {
    expect([reference.allocated, ours.allocated]).to.deep.equal([3000, null]);
    expect([reference.allocatedToReference, ours.allocatedToReference]).to.deep.equal([1, null]);
  });

  it('gives figures in parts of the reference', () => {
    expect([ours.msToReference, ours.callsToReference]).to.deep.equal([0.5, 0.4]);
    const onCpu = hostRows('a-net', timed, page({ webgl: [], 'tiled-webgl': [] }));
    expect(onCpu[1].callsToReference, 'without WebGL').to.equal(null);
  });

  it('sums nets up by geometric means, and names the worst net', () => {
    const slower = { ...ours, net: 'another', msToReference: 2, callsToReference: 0.1 };
    const summary = hostSummaries([...rows, { ...reference, net: 'another' }, slower], 'webgl');
    expect(Object.keys(summary)).to.deep.equal(['tiled-webgl']);
    const { ms, calls, ...rest } = summary['tiled-webgl'];
    expect(ms).to.be.closeTo(1, 1e-12);
    expect(calls).to.be.closeTo(0.2, 1e-12);
    expect(rest).to.deep.equal({
      ...{ count: 2, worstMs: 2, worstNet: 'another', allocated: null },
      ...{ whole: null, worstWhole: null },
    });
  });

  it('compares whole captured predictions with eager ones, round by round', () => {
    const sides = page({
      webgl: [{ whole: 9 }, { whole: 9 }, { whole: 9 }],
      'tiled-webgl': [{ whole: 10 }, { whole: 20 }, { whole: 40 }],
      'tiled-webgl captured': [{ whole: 5 }, { whole: 18 }, { whole: 30 }],
    });
    const captured = hostRows('a-net', sides, counted);
    expect(captured.map(({ wholeMs }) => wholeMs)).to.deep.equal([9, 20, 18]);
    expect(captured.map(({ wholeToEager }) => wholeToEager)).to.deep.equal([null, null, 0.75]);
    const slower = { ...captured[2], net: 'another', wholeToEager: 3 };
    const summary = hostSummaries([...captured, slower], 'webgl')['tiled-webgl captured'];
    expect(summary.whole).to.be.closeTo(1.5, 1e-12);
    expect(summary.worstWhole).to.equal(3);
  });

  it('is a table with its summary, and names what failed', () => {
    const failures = [{ net: 'broken', backend: 'webgl, tiled-webgl', reason: 'no such file' }];
    const text = hostText({
      suite: 'host',
      device,
      backend: 'tiled-webgl',
      reference: 'webgl',
      rounds: 3,
      rows,
      failures,
      summary: hostSummaries(rows, 'webgl'),
    });
    expect(text).to.match(
      /^a-net +tiled-webgl +6\.00 +3\.00 +0\.50 +40 +0\.40 +10 +4\.0 +0\.000 +- +- +-$/m,
    );
    expect(text).to.include('tiled-webgl against webgl: host time 0.50 (geometric mean)');
    expect(text).to.include('FAILED broken on webgl, tiled-webgl: no such file');
  });

  it('takes nets, and refuses what belongs to other suites', () => {
    const read =
      (...more: string[]) =>
      () =>
        readBenchOptions(['--suite', 'host', ...more]);
    expect(read('--model', 'face-ssd')()?.nets).to.deep.equal(['face-ssd']);
    expect(read('--only', 'conv')).to.throw(
      '--only is "conv", but it belongs to --suite layers, not host',
    );
    expect(read('--predictions', '9')).to.throw(
      'it belongs to --suite models or zoo or training, not host',
    );
    expect(read('--html', 'x.html')).to.throw(
      'it belongs to --suite layers or models or zoo or training, not host',
    );
  });
});
