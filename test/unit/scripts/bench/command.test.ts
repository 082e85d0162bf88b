/** Tests of the benchmark's command line, and of its report in a browser. */
import { expect } from 'chai';
import { variants } from '../../../../kernels/webgl/variants.js';
import { readBenchOptions } from '../../../../scripts/bench/command/options.js';
import { layers } from '../../../../scripts/bench/layers.js';
import { benchHtml } from '../../../../scripts/bench/report/layerHtml.js';
import type { VariantRow } from '../../../../scripts/bench/results.js';
import { UsageError } from '../../../../scripts/lib/errors.js';
import { launchBrowser, newPage } from '../../../support/testBrowser.js';
import { benchResult, benchRow, failedRow } from './benchResult.js';

describe('bench: command line', () => {
  const fault = (...argv: string[]): string => {
    try {
      readBenchOptions(argv);
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error(`${argv.join(' ')} was taken`);
  };

  it('takes every backend, variant and browser it names', () => {
    const all = ['--vs', 'webgl,wasm,webgpu,cpu,tiled-cpu', '--variant', 'all'];
    expect(readBenchOptions([...all, '--browser', 'firefox'])).to.include({
      backend: 'tiled-webgl',
      vs: 'webgl,wasm,webgpu,cpu,tiled-cpu',
      variant: 'all',
      browser: 'firefox',
    });
    const [{ name }] = variants;
    expect(readBenchOptions(['--variant', name, '--backend', 'tiled'])?.variant).to.equal(name);
    expect(readBenchOptions([])).to.include({ vs: 'webgl', rounds: '7', variant: undefined });
  });

  it('names the option, the value and what would be right', () => {
    expect(fault('--vs', 'webgl,cuda')).to.match(/^--vs is "webgl,cuda"; .*webgpu/);
    expect(fault('--vs', 'tiled-webgl')).to.match(
      /^--vs is "tiled-webgl", but tiled-webgl is what is timed; it takes names among tiled, /,
    );
    expect(fault('--vs', 'cpu,webgl,cpu')).to.equal('--vs is "cpu,webgl,cpu", with cpu twice');
    expect(fault('--variant', 'fast')).to.match(/^--variant is "fast"; it must be all or one of d/);
    expect(fault('--variant', 'all', '--backend', 'webgl', '--vs', 'cpu')).to.match(
      /^--variant is "all", but webgl has no variants to choose; .*--backend tiled-webgl or tiled$/,
    );
    expect(fault('--only', '(')).to.match(/^--only is "\(", which is not a regular expression/);
    expect(fault('--only', 'conv8x8')).to.match(/^--only is "conv8x8", which matches no layer/);
    for (const rounds of ['0', '1.5', 'many', '1000']) {
      expect(fault('--rounds', rounds)).to.contain(`--rounds is "${rounds}"; it must be a whole`);
    }
    expect(fault('--browser', 'lynx')).to.match(/^--browser is "lynx"; it must be one of .*chrome/);
  });
});

describe('bench: report', () => {
  const variantRows = layers.map(
    ({ id, kernel }): VariantRow => ({
      id,
      kernel,
      chosen: 'a-variant',
      best: 'b-variant',
      chosenToBest: 1.5,
      ms: { 'a-variant': 3, 'b-variant': 2 },
      errors: { 'c-variant': 'threw <nothing>' },
    }),
  );
  const failed = layers[3].id;
  const rows = layers.map(({ id }, i) =>
    id === failed ? failedRow(id, 'webgl', 'webgl: lost') : benchRow(id, 'webgl', 0.5 + i / 10),
  );
  const text = benchHtml(benchResult(rows, variantRows));

  it('escapes what comes from elsewhere', () => {
    expect(text).to.contain('a renderer &lt;of&gt; somebody').and.not.contain('<of>');
    expect(text).to.contain('threw &lt;nothing&gt;').and.not.contain('<nothing>');
  });

  it('draws every layer, on a phone and on a desktop', async () => {
    const browser = await launchBrowser();
    try {
      for (const width of [360, 1280]) {
        const page = await newPage(browser, { viewport: { width, height: 800 } });
        await page.setContent(text);
        const scrolls = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(scrolls, `width ${width}`).to.be.at.most(width);
        expect(await page.locator('.plot > i').count()).to.equal(layers.length - 1);
        expect(await page.locator('.group i.ours').count()).to.equal(layers.length - 1);
        expect(await page.locator('svg:visible').count()).to.equal(1);
        expect(await page.locator('svg:visible circle').count()).to.equal(layers.length - 1);
        expect(await page.locator('.heat.chosen').count()).to.equal(layers.length);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
