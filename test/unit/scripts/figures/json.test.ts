/** Tests of the files of figures: what is refused, how they are written, what a run puts into them. */
import { expect } from 'chai';
import type { NetRow } from '../../../../scripts/bench/results.js';
import { type Figures, figuresText, readFigures } from '../../../../scripts/figures/files.js';
import { jsonText } from '../../../../scripts/figures/json.js';
import { layerFiguresOf } from '../../../../scripts/figures/layerFigures.js';
import { netFiguresOf } from '../../../../scripts/figures/netFigures.js';
import { benchCommand, browserName, provenanceOf } from '../../../../scripts/figures/provenance.js';
import { Failure } from '../../../../scripts/lib/errors.js';
import { root } from '../../../../scripts/lib/root.js';
import { benchResult, benchRow } from '../bench/benchResult.js';
import { from, layerRun, netRun } from './sample.js';

const path = 'docs/figures/a.json';

function fault(content: string): string {
  try {
    readFigures(path, content);
  } catch (error) {
    expect(error).to.be.instanceOf(Failure);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

/** Returns the fault of figures with other values in some fields. */
const faultWith = (figures: Figures, more: object) =>
  fault(JSON.stringify({ ...figures, ...more }));

describe('figures: files', () => {
  it('come back as they were written', () => {
    for (const figures of [layerRun, netRun]) {
      expect(readFigures(path, figuresText(figures))).to.deep.equal(figures);
    }
  });

  it('name the file, the field and what would be right', () => {
    expect(fault('{')).to.match(/^docs\/figures\/a\.json: it is not JSON: /);
    expect(fault('null')).to.equal(
      `${path}: suite is missing; it must be "layers" or "models" or "zoo" or "training"`,
    );
    expect(faultWith(layerRun, { suite: 'nets' })).to.contain(
      'suite is "nets"; it must be "layers"',
    );
    const [first, ...rest] = layerRun.rows;
    const rows = [first, { ...first, ms: 'fast' }, ...rest];
    expect(faultWith(layerRun, { rows })).to.equal(
      `${path}: rows[1].ms is "fast"; it must be a number`,
    );
    expect(faultWith(layerRun, { rows: {} })).to.equal(`${path}: rows is {}; it must be a list`);
    const spread = [{ ...first, spread: [1] }];
    expect(faultWith(layerRun, { rows: spread })).to.contain(
      'rows[0].spread is [1]; it must be a list of',
    );
    expect(faultWith(layerRun, { from: { ...from, date: undefined } })).to.equal(
      `${path}: from.date is missing; it must be a string`,
    );
    expect(faultWith(netRun, { summary: [] })).to.equal(
      `${path}: summary is []; it must be an object`,
    );
    expect(faultWith(netRun, { host: [] })).to.equal(
      `${path}: host is unknown; the fields here are suite, from, backend, reference, summary, rows`,
    );
  });

  it('have a line for each field and each row, and four digits', () => {
    const text = jsonText({ a: 1 / 3, none: [], rows: [{ id: 'x', ms: 1234.56 }, { id: 'y' }] });
    expect(text.split('\n')).to.deep.equal([
      '{',
      '  "a": 0.3333,',
      '  "none": [],',
      '  "rows": [',
      '    {"id":"x","ms":1235},',
      '    {"id":"y"}',
      '  ]',
      '}',
    ]);
  });

  it('hold the fields of a result that tables need', () => {
    const row = benchRow('conv3x3-56x56x64-64', 'webgl', 4);
    const variant = { ...layerRun.variants[0], errors: { general: 'lost' } };
    const figures = layerFiguresOf(benchResult([row], [variant]), from, true);
    expect(figures).to.include({
      tuned: true,
      maddGflops: 20,
      topGflops: 10,
      backend: 'tiled-webgl',
    });
    expect(figures.rows[0]).to.have.keys(Object.keys(layerRun.rows[0]));
    expect(figures.variants).to.deep.equal(layerRun.variants);
    expect(readFigures(path, figuresText(figures))).to.include({ suite: 'layers' });
    expect(layerFiguresOf(benchResult([row]), from, false).choice).to.equal(null);
  });
});

describe('figures: files of nets', () => {
  it('hold the fields of a result that tables need', () => {
    const [reference, ours] = netRun.rows;
    const conversions = [{ kind: 'untile', kernel: 'Concat', count: 3, texels: 8 } as const];
    const row: NetRow = {
      ...{ ...ours, ratio: 1.5, programs: 10, peakGpuBytes: 41e6, conversionsBetween: conversions },
      ...{ warmUpMs: null, p90Ms: 30, firstToReference: 0.4, gpuToReference: 0.5, conversions },
      ...{ stockBetween: {}, stock: {}, fallbacks: [], repeats: true, predictions: 6 },
      reference: 'webgl',
      grown: { tensors: 0, bytes: 0, gpuBytes: 0, textures: 0 },
    };
    const figures = netFiguresOf(
      {
        suite: 'zoo',
        device: { renderer: 'a renderer', userAgent: 'a browser' },
        backend: 'tiled-webgl',
        reference: 'webgl',
        rounds: 3,
        isCaptured: false,
        rows: [row],
        failures: [],
        absent: [],
        summary: netRun.summary,
      },
      from,
    );
    expect(figures.rows[0]).to.have.keys(Object.keys(reference));
    expect(figures.rows[0].conversionsBetween).to.deep.equal([{ kernel: 'Concat', count: 3 }]);
    expect(readFigures(path, figuresText(figures))).to.deep.equal(figures);
  });
});

describe('figures: provenance', () => {
  it('repeats the command without the files that it wrote', () => {
    const argv = [
      '--suite',
      'layers',
      '--json',
      '/home/somebody/x.json',
      '--figures=y.json',
      '--tune',
    ];
    expect(benchCommand(argv)).to.equal('npm run bench -- --suite layers --tune');
    expect(benchCommand(['--only', 'conv1x1|5x5'])).to.equal(
      "npm run bench -- --only 'conv1x1|5x5'",
    );
    expect(benchCommand([])).to.equal('npm run bench');
  });

  it('names the browser', () => {
    expect(browserName('Mozilla/5.0 HeadlessChrome/156.0.0.0 Safari/537.36')).to.equal(
      'Chromium 156',
    );
    expect(browserName('Mozilla/5.0 Gecko/20100101 Firefox/140.0')).to.equal('Firefox 140');
    expect(browserName('lynx')).to.equal(null);
  });

  it('has no path of the machine', () => {
    const device = { renderer: 'a renderer', userAgent: 'Chrome/156' };
    const made = provenanceOf(['--html', `${root}/x.html`], 'auto', device);
    expect(made).to.include({ command: 'npm run bench', ranOn: 'auto', browser: 'Chromium 156' });
    expect(made.tfjs).to.match(/^\d+\.\d+\.\d+/);
    expect(JSON.stringify(made)).to.not.contain(root);
  });
});
