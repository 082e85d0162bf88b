/** Tests of whole nets: a prediction's kernels, the benchmark's rows and faults, the profile. */
import { expect } from 'chai';
import { readBenchOptions, readNets } from '../../../../scripts/bench/command/options.js';
import { netBenchHtml } from '../../../../scripts/bench/report/netHtml.js';
import {
  type NetTimes,
  netFaults,
  netRows,
  netSummaries,
} from '../../../../scripts/bench/report/nets.js';
import { netBenchText } from '../../../../scripts/bench/report/netText.js';
import type { NetBenchResult } from '../../../../scripts/bench/results.js';
import { netNames } from '../../../../scripts/models/nets.js';
import { namesOf, netOf } from '../../../../scripts/models/suites.js';
import {
  betweenConvolutions,
  conversionsOf,
  conversionText,
  fallbacksBetween,
  type KernelEvent,
  stockKernelsOf,
} from '../../../../scripts/models/trace.js';
import { profileHtml } from '../../../../scripts/profile/html.js';
import { profileRows } from '../../../../scripts/profile/profile.js';
import type { ProfileResult } from '../../../../scripts/profile/results.js';
import { profileText } from '../../../../scripts/profile/text.js';

function event(kernel: string, more: Partial<KernelEvent> = {}): KernelEvent {
  return { kernel, ran: 'tiles', variant: null, shape: [1], conversions: [], ms: 1, ...more };
}

const tile = { kind: 'tile', texels: 8 } as const;
const untile = { kind: 'untile', texels: 6 } as const;

/** Kernels of a net: a convolution, two concats by stock, a depthwise convolution, and more. */
const prediction: KernelEvent[] = [
  event('Conv2D', { conversions: [tile], variant: 'direct-4x2x1', ms: 5 }),
  event('Concat', { ran: 'stock', conversions: [untile, untile], ms: 3 }),
  event('Reshape', { ran: 'nothing', ms: 0 }),
  event('Concat', { ran: 'stock', conversions: [untile], ms: 1 }),
  event('DepthwiseConv2dNative', { conversions: [tile], variant: 'depthwise-8x1x1', ms: 2 }),
  event('Softmax', { ran: 'stock', conversions: [untile], ms: 4 }),
  event('read', { ran: 'nothing', shape: null, conversions: [untile], ms: null }),
];

describe('nets: the kernels of a prediction', () => {
  it('includes everything after the first convolution, up to the last', () => {
    const between = betweenConvolutions(prediction);
    expect(between).to.deep.equal(prediction.slice(1, 5));
    expect(betweenConvolutions([event('Add'), event('Conv2D')])).to.deep.equal([]);
    expect(betweenConvolutions([event('Add'), event('Sub')])).to.deep.equal([]);
  });

  it('sums conversions by kind and kernel, and stock kernels', () => {
    const between = betweenConvolutions(prediction);
    expect(conversionsOf(between)).to.deep.equal([
      { kind: 'untile', kernel: 'Concat', count: 3, texels: 18 },
      { kind: 'tile', kernel: 'DepthwiseConv2dNative', count: 1, texels: 8 },
    ]);
    expect(conversionText(conversionsOf(between))).to.equal(
      'untile 3 Concat (0.000 MB), tile 1 DepthwiseConv2dNative (0.000 MB)',
    );
    const large = { kind: 'retile', kernel: 'Conv2D', count: 2, texels: 150_000 } as const;
    expect(conversionText([large])).to.equal('retile 2 Conv2D (2.4 MB)');
    expect(conversionText([])).to.equal('none');
    expect(stockKernelsOf(prediction)).to.deep.equal({ Concat: 2, Softmax: 1 });
  });

  it('counts the fallbacks of one prediction', () => {
    const step = { kernel: 'Pad', from: 'tiles', to: 'stock webgl', reason: 'why', count: 2 };
    const other = { ...step, reason: 'other' };
    expect(fallbacksBetween([step], [{ ...step, count: 5 }, other])).to.deep.equal([
      { ...step, count: 3 },
      other,
    ]);
    expect(fallbacksBetween([step], [step])).to.deep.equal([]);
  });

  it('makes a row of the profile for each kernel and variant: medians of its sums', () => {
    const slower = prediction.map((one) => ({ ...one, ms: one.ms === null ? null : 3 * one.ms }));
    const rows = profileRows([prediction, slower, prediction]);
    expect(rows.map(({ kernel, ms }) => [kernel, ms])).to.deep.equal([
      ['Conv2D', 5],
      ['Concat', 4],
      ['Softmax', 4],
      ['DepthwiseConv2dNative', 2],
      ['Reshape', 0],
      ['read', 0],
    ]);
    const [conv, concat] = rows;
    expect(conv).to.include({ variant: 'direct-4x2x1', calls: 1, conversions: 1, texels: 8 });
    expect(concat).to.include({ calls: 2, conversions: 3, texels: 18, share: 4 / 15 });
    expect(rows.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-12);
  });
});

function times(backend: string, more: Partial<NetTimes> = {}): NetTimes {
  return {
    backend,
    firstMs: 100,
    warmUpMs: null,
    times: [30, 10, 20],
    programs: 9,
    conversions: null,
    conversionsBetween: null,
    stockBetween: null,
    stock: null,
    fallbacks: null,
    peakGpuBytes: 1000,
    maxRel: 0,
    repeats: true,
    predictions: 6,
    grown: { tensors: 0, bytes: 0, gpuBytes: 0, textures: 0 },
    ...more,
  };
}

function result(timed: NetTimes[], firsts = timed): NetBenchResult {
  const rows = netRows('net <one>', firsts, timed);
  return {
    suite: 'models',
    device: { renderer: 'a renderer', userAgent: 'a browser' },
    backend: 'tiled-webgl',
    reference: 'webgl',
    rounds: 3,
    isCaptured: false,
    rows,
    failures: [],
    absent: [],
    summary: netSummaries(rows, 'webgl'),
  };
}

const ours = times('tiled-webgl', {
  times: [5, 5, 8],
  conversions: conversionsOf(prediction),
  conversionsBetween: conversionsOf(betweenConvolutions(prediction)),
  stockBetween: { Concat: 2 },
  stock: { Concat: 2, Softmax: 3 },
  fallbacks: [{ kernel: 'Pad', from: 'tiles', to: 'stock webgl', reason: 'too <large>', count: 4 }],
  peakGpuBytes: 600,
});

describe('nets: the benchmark', () => {
  it('takes the first prediction from its own page and compares with the reference', () => {
    const firsts = [times('webgl'), { ...ours, firstMs: 40, peakGpuBytes: 500, programs: 7 }];
    const { rows, summary } = result([times('webgl'), ours], firsts);
    expect(rows[0]).to.include({ ratio: 1, medianMs: 20, p90Ms: 30, firstToReference: 1 });
    expect(rows[1]).to.include({
      firstMs: 40,
      warmUpMs: null,
      programs: 7,
      medianMs: 5,
      p90Ms: 8,
      ratio: 4,
      firstToReference: 0.4,
      peakGpuBytes: 600,
      gpuToReference: 0.6,
    });
    expect(Object.keys(summary)).to.deep.equal(['tiled-webgl']);
    expect(summary['tiled-webgl'].ratio).to.include({ worst: 4, worstId: 'net <one>' });
    expect(summary['tiled-webgl'].gpuToReference).to.be.closeTo(0.6, 1e-12);
  });

  it('has no GPU memory ratio for a backend without a GPU', () => {
    const { rows } = result([times('webgl'), times('wasm', { peakGpuBytes: 0 })]);
    expect(rows[1].gpuToReference).to.equal(null);
  });

  it('says of which nets the reference lacks a kernel, and leaves them out of its summary', () => {
    const rows = [
      ...netRows('a', [times('wasm'), ours], [times('wasm'), ours]),
      ...netRows('b', [times('cpu'), ours], [times('cpu', { times: [90, 90, 90] }), ours]),
    ];
    expect(rows.map(({ reference }) => reference)).to.deep.equal(['wasm', 'wasm', 'cpu', 'cpu']);
    const summary = netSummaries(rows, 'wasm');
    expect(Object.keys(summary)).to.deep.equal(['tiled-webgl']);
    expect(summary['tiled-webgl'].ratio).to.include({ count: 1, worst: 4 });
    const absent = [{ net: 'b', backend: 'wasm', reason: "Kernel 'Erf' not registered" }];
    const some = { ...result([times('webgl'), ours]), reference: 'wasm', rows, summary, absent };
    expect(netFaults(some)).to.deep.equal([]);
    const line = "WITHOUT wasm: Kernel 'Erf' not registered; b is compared with cpu";
    expect(netBenchText(some)).to.contain(line);
    expect(netBenchHtml(some)).to.contain('b is compared with cpu');
  });

  it('names what is wrong, of the backend that is timed alone', () => {
    const good = result([times('webgl'), ours]);
    expect(netFaults(good)).to.deep.equal([]);
    const bad = {
      maxRel: 0.02,
      repeats: false,
      grown: { tensors: 1, bytes: 4, gpuBytes: 0, textures: 0 },
    };
    expect(netFaults(result([times('webgl'), { ...ours, ...bad }]))).to.deep.equal([
      'net <one>: outputs differ by 2.0e-2 relative, more than 0.001',
      'net <one>: the second, the hundredth or the last prediction is not the first',
      'net <one>: grown by 1 tensors, 4 bytes, 0 GPU bytes, 0 textures',
    ]);
    expect(netFaults(result([times('webgl'), ours, times('wasm', bad)]))).to.deep.equal([]);
    expect(netFaults(result([times('webgl'), { ...ours, maxRel: null }]))[0]).to.contain('finite');
    const failures = [{ net: 'n', backend: 'wasm', reason: 'lost' }];
    expect(netFaults({ ...good, failures })).to.deep.equal(['n on wasm: lost']);
  });

  it('prints conversions by kernel, escapes names in the report', () => {
    const both = result([times('webgl'), ours]);
    const text = netBenchText(both);
    expect(text).to.contain('untile 3 Concat (0.000 MB), tile 1 DepthwiseConv2dNative (0.000 MB)');
    expect(text).to.contain('stock kernels between the first and the last convolution: 2 Concat\n');
    expect(text).to.contain('stock kernels in all: 3 Softmax, 2 Concat\n');
    expect(text).to.contain('4 Pad by stock webgl for tiles: too <large>');
    expect(text).to.contain('tiled-webgl against webgl: geometric mean 4.00x, worst 4.00x (net');
    const html = netBenchHtml(both);
    expect(html).to.contain('net &lt;one&gt;').and.not.contain('net <one>');
  });

  it('compares the losses of nets in training, whose runs are steps', () => {
    const loss = { steps: 6, value: 0.25 };
    const trained = [times('webgl'), ours].map((row) => ({ ...row, repeats: null, loss }));
    const both: NetBenchResult = { ...result(trained), suite: 'training' };
    expect(netFaults(both)).to.deep.equal([]);
    const text = netBenchText(both);
    expect(text).to.match(/^net +backend .* steps +grown +loss +at step\n/);
    expect(text)
      .to.match(/ 0\.2500000 +6\n/)
      .and.contain('first step 1.00 of its time');
    expect(text).to.not.contain('prediction').and.not.contain('repeats');
    expect(netBenchHtml(both)).to.contain('Losses agree').and.contain('A steady step');
    const off = result([trained[0], { ...trained[1], maxRel: 0.02 }]);
    expect(netFaults({ ...off, suite: 'training' })).to.deep.equal([
      'net <one>: the loss differs by 2.0e-2 relative, more than 0.001',
    ]);
  });

  it('gives the profile as text and as a report', () => {
    const profile: ProfileResult = {
      device: { renderer: 'a renderer', userAgent: 'a browser' },
      net: 'net <one>',
      backend: 'tiled-webgl',
      rounds: 1,
      how: 'a read after each kernel',
      steadyMs: 12,
      rows: profileRows([prediction]),
      conversions: conversionsOf(prediction),
      conversionsBetween: conversionsOf(betweenConvolutions(prediction)),
      events: prediction,
    };
    expect(profileText(profile)).to.match(/^kernel +variant +ran +calls +ms +share.*\n-.*\nConv2D/);
    const html = profileHtml(profile);
    expect(html).to.contain('net &lt;one&gt;').and.not.contain('net <one>');
  });
});

describe('nets: command line', () => {
  const fault = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };

  it('takes nets by name and keeps the options of the suites apart', () => {
    expect(readNets('face-ssd,inception-v3,face-ssd', netNames)).to.deep.equal([
      'face-ssd',
      'inception-v3',
    ]);
    expect(readBenchOptions(['--suite', 'models'])?.nets).to.deep.equal(netNames);
    expect(readBenchOptions(['--suite', 'zoo'])?.nets).to.deep.equal(namesOf('zoo'));
    const trained = ['--suite', 'training', '--model', 'cnn,unet'];
    expect(readBenchOptions(trained)?.nets).to.deep.equal(['cnn', 'unet']);
    expect(fault(() => readBenchOptions([...trained, '--warm-up']))).to.equal(
      '--warm-up is "true", but it belongs to --suite models or zoo, not training',
    );
    const ofBoth = ['--model', 'face-ssd,yolov8n'];
    expect(readBenchOptions(['--suite', 'host', ...ofBoth])?.nets).to.have.length(2);
    expect(fault(() => readBenchOptions(['--suite', 'zoo', ...ofBoth]))).to.match(
      /^--model is "face-ssd"; it must be one of mobilenet-v3-small, /,
    );
    expect(fault(() => readNets('vgg', netNames))).to.match(
      /^--model is "vgg"; it must be one of mobilenet/,
    );
    expect(fault(() => readBenchOptions(['--model', 'face-ssd']))).to.equal(
      '--model is "face-ssd", but it belongs to --suite models or zoo or training or host, not layers',
    );
    expect(fault(() => readBenchOptions(['--suite', 'models', '--only', 'x']))).to.equal(
      '--only is "x", but it belongs to --suite layers, not models',
    );
  });

  it('names every net of all suites once and says what it is', () => {
    const names = [...namesOf('models'), ...namesOf('zoo'), ...namesOf('training')];
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(netOf(name).about, name).to.match(/\.$/);
    expect(fault(() => netOf('vgg'))).to.equal('net vgg is unknown');
  });
});
