/** Tests of the generated tables and pictures, and of the documents of this repository. */
import { expect } from 'chai';
import { barChart } from '../../../../scripts/figures/chart.js';
import { charts } from '../../../../scripts/figures/charts.js';
import type { Figures, Runs } from '../../../../scripts/figures/files.js';
import { blocksFor, generate } from '../../../../scripts/figures/generate.js';
import { headlines, headlinesWithCommands } from '../../../../scripts/figures/headlines.js';
import { layerBlock } from '../../../../scripts/figures/layerBlock.js';
import { netBlock } from '../../../../scripts/figures/netBlock.js';
import { root } from '../../../../scripts/lib/root.js';
import { layerRun, netRun } from './sample.js';

const runs: Runs = new Map<string, Figures>([
  ['models-a', netRun],
  ['layers-a', layerRun],
]);

describe('figures: tables', () => {
  it('have one headline for each backend that a run was compared with', () => {
    expect(headlines(runs).split('\n')).to.deep.equal([
      '| suite | browser | backend | against | geometric mean | worst | first prediction | peak GPU memory |',
      '|---|---|---|---|--:|--:|--:|--:|',
      '| models | swiftshader | tiled-webgl | webgl | **2.00x** | 1.50x | 0.40 | 0.50 |',
      '| models | swiftshader | tiled-webgl | wasm | **0.50x** | 0.50x | - | - |',
      '| layers | swiftshader | tiled-webgl | webgl | **1.73x** | 0.75x | - | - |',
    ]);
    expect(headlinesWithCommands(runs)).to.contain('| net-a | `npm run bench -- --rounds 3` |');
    expect(headlines(new Map([['t', { ...layerRun, tuned: true }]]))).to.contain(
      '| layers, tuned |',
    );
  });

  it('show layers, those that lost and those without figures too', () => {
    const text = layerBlock(layerRun);
    expect(text).to.contain(
      '| conv3x3-56x56x64-64 | direct-4x2x1 | 2.00 | 8.00 | 4.00x | 3.50x | 4.50x | 17.4 | 69% |',
    );
    expect(text).to.contain('| conv1x1-7x7x960-320 | direct-4x2x1 | 2.00 | 1.50 | 0.75x | - | - |');
    expect(text).to.contain('| conv3x3-7x7x512-512 | direct-4x2x1 | - | - | - |');
    expect(text).to.contain('Failed, and in no mean: conv3x3-7x7x512-512.');
    expect(text).to.contain('| 1x1 | 1 | 0.75x | 0.75x | conv1x1-7x7x960-320 |');
    expect(text).to.contain('| all | 2 | 1.73x | 0.75x | conv1x1-7x7x960-320 |');
    expect(text).to.contain(
      'Chosen (*) within 10% of the best on 50% of 2 layers, within 25% on 100%.',
    );
    expect(text).to.contain('| conv3x3-56x56x64-64 | 2.00 | 2.50* | direct-4x2x1 | 1.25 |');
    expect(text).to.contain(
      '2 CPU cores, Chromium 156, `a renderer`, tfjs 4.22.0, 2026-01-31, commit abc1234',
    );
  });

  it('leave out what is not known', () => {
    const unknown = { maddGflops: null, fetchGtexels: null, topGflops: null, choice: null };
    const nothing = { ...unknown, host: [], rows: [], variants: [], classes: {} };
    const from = { ...layerRun.from, date: null, commit: null, renderer: null };
    const text = layerBlock({ ...layerRun, ...nothing, from });
    expect(text).to.match(
      /tfjs 4\.22\.0; day and commit not recorded\n\ntiled-webgl against webgl:/,
    );
    expect(text)
      .to.not.contain('<details>')
      .and.not.match(/null|undefined|NaN/);
  });

  it('show nets with the figures of all backends in a cell', () => {
    const [head, , first, second] = netBlock(netRun).split('\n').slice(-4);
    expect(head).to.equal(
      '| net | ratio to webgl | ratio to wasm | median ms | first ms | programs | between | peak GPU | max rel |',
    );
    expect(first).to.equal(
      '| net-a | 1.50x | 0.50x | 20.0 / 30.0 / 10.0 | 812 / 2223 / 2223 | 10 / 88 / 0 | 3 | 41.0 MB / 97.2 MB / - | 8.6e-8 |',
    );
    expect(second).to.match(/^\| net-b \| 2\.67x \| - \| 11\.3 \/ 30\.0 \/ - \|/);
  });

  it('have no column without a figure', () => {
    const rows = netRun.rows.map((row) => ({ ...row, programs: null, peakGpuBytes: null }));
    expect(netBlock({ ...netRun, rows })).to.not.match(/programs|peak GPU/);
  });
});

describe('figures: pictures', () => {
  it('have a bar for each figure, and are one for each suite and backend', () => {
    const drawn = charts(runs);
    expect([...drawn.keys()]).to.deep.equal(['models-tiled-webgl', 'layers-tiled-webgl']);
    const svg = barChart(drawn.get('layers-tiled-webgl')!);
    expect(svg).to.contain('>4.00x<').and.contain('>0.75x<').and.not.contain('conv3x3-7x7x512-512');
    expect(barChart(drawn.get('models-tiled-webgl')!).match(/class="value"/g)).to.have.length(3);
    const named = { title: 'a < b', series: ['x & y'], rows: [{ label: '<i>', values: [null] }] };
    expect(barChart(named)).to.contain('a &lt; b').and.contain('x &amp; y').and.not.contain('<i>');
  });

  it('are not there for runs without rows', () => {
    const empty = new Map([['layers-a', { ...layerRun, rows: [] }]]);
    expect(charts(empty).get('layers-tiled-webgl')).to.equal(null);
    expect(blocksFor('README.md', empty).get('picture layers-tiled-webgl')).to.equal('');
  });

  it('are linked relative to the document', () => {
    const name = 'picture models-tiled-webgl';
    expect(blocksFor('README.md', runs).get(name)).to.match(
      /\]\(docs\/figures\/models-tiled-webgl\.svg\)$/,
    );
    expect(blocksFor('docs/performance.md', runs).get(name)).to.match(
      /\]\(figures\/models-.*\.svg\)$/,
    );
  });
});

describe('figures: the documents', () => {
  it('are what the files of figures generate: npm run figures', () => {
    const stale = generate(root).filter(({ now, text }) => now !== text);
    expect(stale.map(({ path }) => path)).to.deep.equal([]);
  });
});
