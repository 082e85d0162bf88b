/** Tests of the validator's page in a real browser, from files and from a server, as users do. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { root } from '../../../../../scripts/lib/root.js';
import { validatorReport } from '../../../../../scripts/validator/report/html.js';
import {
  type CaseResult,
  caseId,
  countResults,
  grids,
  parseCaseId,
  readJson,
  type ValidationReport,
  type Verdict,
  withReason,
  writeJson,
} from '../../../../../src/validator/index.js';
import { pageFixture } from '../../../../support/pageFixture.js';

/** Makes a report of conv2d cases with these verdicts. */
function makeReport(backend: string, given: readonly (readonly [string, Verdict])[]) {
  const cases = given.map(([id, verdict]): CaseResult => {
    const isWrong = verdict === 'backendWrong';
    return {
      id,
      family: 'conv2d',
      variant: null,
      verdict,
      error: isWrong ? Number.POSITIVE_INFINITY : 0.25,
      stockError: { cpu: verdict === 'stockWrong' ? 7 : 0.125 },
      message: isWrong ? 'first at [0,1,2,3]: </script><b id="injected">' : 'all values agree',
      first: isWrong
        ? { at: [0, 1, 2, 3], actual: Number.NaN, expected: 2, bound: 0.5, units: Infinity }
        : null,
      ms: 1,
    };
  });
  return {
    device: { userAgent: 'a browser', renderer: 'a renderer', backend, reference: ['cpu'] },
    versions: { tfjs: '4.22.0', package: '0.1.0' },
    seed: 1,
    grid: 'conv2d',
    counts: countResults(cases),
    cases,
  } satisfies ValidationReport;
}

const ids = [...grids.core()].slice(0, 3).map(caseId);

/** Query that matches three small cases of the full grid. */
const fewCases = 'conv2d:in=1x9x11x3;f=1x1x3x4;*;pad=same;dil=1;fmt=NHWC;seed=1';

describe('validator page', () => {
  const at = pageFixture({
    viewport: { width: 390, height: 800 },
    prepare: () => ({ folder: join(root, 'dist', 'pages') }),
  });
  afterEach(() => expect(at.errors).to.deep.equal([]));

  const open = (query = '') => at.page.goto(`${at.origin}/validator.html${query}`);
  const status = () => at.page.locator('#status');
  const finished = () =>
    status()
      .filter({ hasText: /^Finished/ })
      .waitFor();
  const shownCases = () => at.page.locator('.cases tbody .id').allTextContents();

  /** Hands a report to one of the page's file inputs. */
  async function give(label: string, report: ValidationReport): Promise<void> {
    const path = join(at.folder, `${report.device.backend}.json`);
    writeFileSync(path, writeJson(report));
    await at.page.getByLabel(label).setInputFiles(path);
  }

  /** Returns the report that the page offers for download. */
  async function downloaded(): Promise<ValidationReport> {
    const [file] = await Promise.all([at.page.waitForEvent('download'), at.page.click('#save')]);
    return readJson(readFileSync(await file.path(), 'utf8')) as ValidationReport;
  }

  it('runs the cases of a pattern, and writes the report', async () => {
    await open();
    await at.page.selectOption('[name=backend]', 'tiled-cpu');
    await at.page.getByLabel('webgl', { exact: true }).uncheck();
    await at.page.fill('[name=q]', fewCases);
    await at.page.keyboard.press('Enter');
    await finished();
    const expected = [...grids.full()].map(caseId).filter((id) => {
      const [start, end] = fewCases.split('*');
      return id.startsWith(start) && id.endsWith(end);
    });
    expect(expected.length).to.be.within(2, 20);
    const report = await downloaded();
    expect(report.cases.map(({ id }) => id)).to.deep.equal(expected);
    expect(report.counts).to.deep.include({ pass: expected.length, backendWrong: 0 });
    expect(report.device).to.deep.include({ backend: 'tiled-cpu', reference: ['cpu'] });
    expect(report.device.renderer).to.match(/^CPU with \d+ cores?$/);
    expect(report.versions.tfjs).to.match(/^4\./);
    expect(await shownCases()).to.have.members(expected);
    const cells = await at.page.locator('.map td button').all();
    expect(cells.length).to.equal(1);
    expect(await cells[0].getAttribute('aria-label')).to.match(
      new RegExp(`^filter 1x1, padding same: ${expected.length} cases pass, worst error \\.\\d+`),
    );
  });

  it('runs cases of kernels, and maps them by kernel and data', async () => {
    await open('?q=softmax:*&backend=tiled-cpu&reference=cpu');
    await finished();
    const expected = [...grids.softmax()].map(caseId).filter((id) => id.startsWith('softmax:'));
    expect(await shownCases()).to.deep.equal([]);
    await at.page.getByText('All cases pass.').waitFor();
    await at.page.getByRole('button', { name: `Show the ${expected.length} that pass` }).click();
    expect(await shownCases()).to.have.members(expected);
    const cells = await at.page.locator('.map td button').all();
    const names = await Promise.all(cells.map((cell) => cell.getAttribute('aria-label')));
    expect(
      names.some((name) => name?.startsWith('kernel softmax, data nan: 1 case pass')),
    ).to.equal(true);
    await at.page.selectOption('[name=down]', 'shape');
    expect(await at.page.locator('.map th[scope=row]').allInnerTexts()).to.include('3x7');
  });

  it('runs the case of its address, from a file, and runs it again', async () => {
    const query = `?q=${ids[0]}&backend=tiled-webgl&reference=webgl&variant=general`;
    const file = pathToFileURL(join(root, 'dist', 'pages', 'validator.html'));
    await at.page.goto(`${file}${query}`);
    await finished();
    expect(await shownCases()).to.have.members([ids[0], `${ids[0]} general`]);
    await at.page.locator('.cases tbody .id', { hasText: 'general' }).getByRole('button').focus();
    await at.page.keyboard.press('Enter');
    const dialog = at.page.getByRole('dialog');
    expect(await dialog.innerText()).to.include(ids[0]);
    const link = new URL((await dialog.getByRole('link').getAttribute('href'))!, 'http://host');
    expect(parseCaseId(link.searchParams.get('q')!)).to.deep.equal(parseCaseId(ids[0]));
    expect(link.searchParams.get('backend')).to.equal('tiled-webgl');
    expect(link.searchParams.get('variant')).to.equal('general');
    await at.page.evaluate(() => {
      document.querySelector('#status')!.textContent = '';
    });
    await dialog.getByRole('button', { name: 'Run again' }).click();
    await finished();
    await dialog.getByRole('button', { name: 'Close' }).click();
    // The focus returns after the table has been redrawn.
    await at.page.waitForFunction((id) => document.activeElement?.textContent === id, ids[0]);
    const { cases } = await downloaded();
    expect(cases.map(({ id, variant, verdict }) => [id, variant, verdict])).to.deep.equal([
      [ids[0], null, 'pass'],
      [ids[0], 'general', 'pass'],
    ]);
  });

  it('begins with examples, which run', async () => {
    await open();
    const links = at.page.getByRole('region', { name: 'Examples' }).getByRole('link');
    expect(await links.count()).to.equal(3);
    await links.filter({ hasText: 'stock cpu' }).click();
    await finished();
    expect(await at.page.locator('.headline').innerText()).to.match(/^✕ cpu is wrong in \d+ of /);
    expect(await links.count()).to.equal(0);
    const documentation = at.page.getByRole('link', { name: 'Documentation' });
    expect(await documentation.getAttribute('href')).to.match(/^https:.*tfjs-conv-validate$/);
  });

  it('pauses, resumes and stops', async () => {
    await open('?grid=core&backend=tiled-webgl&reference=webgl&autorun=1');
    const button = at.page.locator('#run');
    const count = at.page.locator('#count');
    await count.filter({ hasText: /^[1-9]/ }).waitFor();
    await button.click();
    expect(await button.innerText()).to.equal('Resume');
    // The case under way ends first. If the run continues, the count never stands still, and the
    // test times out.
    let paused = '';
    while (paused !== (await count.innerText())) {
      paused = await count.innerText();
      await at.page.waitForTimeout(800);
    }
    await button.click();
    await at.page.waitForFunction(
      (before) => document.querySelector('#count')!.textContent !== before,
      paused,
    );
    await at.page.click('#stop');
    await status()
      .filter({ hasText: /^Stopped/ })
      .waitFor();
    const { length } = (await downloaded()).cases;
    expect(length).to.be.within(1, [...grids.core()].length - 1);
  });

  it('filters, and opens a cell by keyboard', async () => {
    await open();
    await give(
      'Open a report',
      makeReport('somebody-else', [
        [ids[0], 'pass'],
        [ids[1], 'backendWrong'],
        [ids[2], 'stockWrong'],
      ]),
    );
    expect(await shownCases()).to.deep.equal([ids[1], ids[2], ids[0]]);
    await at.page.getByRole('button', { name: '1 stock wrong' }).click();
    expect(await shownCases()).to.deep.equal([ids[2]]);
    await at.page.getByRole('button', { name: '3 all' }).click();
    await at.page.fill('[name=text]', 'ALL VALUES stride=1;');
    expect(await shownCases()).to.deep.equal([ids[0]]);
    await at.page.fill('[name=text]', '');
    await at.page.selectOption('[name=across]', 'stride');
    const cells = at.page.locator('.map td button');
    expect(await cells.allInnerTexts()).to.deep.equal(['.25', '△ 7.00', '✕ ∞']);
    await cells.first().focus();
    await at.page.keyboard.press('ArrowRight');
    await at.page.keyboard.press('ArrowRight');
    await at.page.keyboard.press('Enter');
    const text = await at.page.getByRole('dialog').innerText();
    for (const part of [ids[1], '[0, 1, 2, 3]', '1.5 to 2.5', 'NaN', 'cpu: .13 of the bound']) {
      expect(text).to.include(part);
    }
    expect(await at.page.locator('#injected').count()).to.equal(0);
    // A backend that the page does not have cannot be run again.
    expect(await at.page.getByRole('button', { name: 'Run again' }).count()).to.equal(0);
  });

  it('marks known failures', async () => {
    const report = makeReport('cpu', [
      [ids[0], 'pass'],
      [ids[1], 'backendWrong'],
      [ids[2], 'pass'],
    ]);
    const reasons = [null, 'a known fault', 'a fault that is gone'];
    const cases = report.cases.map((result, i) => withReason(result, reasons[i]));
    await open();
    await give('Open a report', { ...report, cases: cases.slice(0, 2) });
    const headline = at.page.locator('.headline');
    expect(await headline.innerText()).to.equal('✓ cpu is wrong in 1 of 2 results, as known.');
    await give('Open a report', { ...report, cases });
    await headline.filter({ hasText: /^✕ .* as known\. 1 passes unexpectedly\.$/ }).waitFor();
    expect(await shownCases()).to.deep.equal([ids[2], ids[1], ids[0]]);
    await at.page.getByRole('button', { name: '1 known failure' }).click();
    expect(await shownCases()).to.deep.equal([ids[1]]);
    await at.page.getByRole('button', { name: ids[1] }).click();
    expect(await at.page.getByRole('dialog').innerText()).to.include('a known fault');
  });

  it('compares two runs, with changes first', async () => {
    await open();
    await give(
      'Open a report',
      makeReport('webgl', [
        [ids[0], 'backendWrong'],
        [ids[1], 'pass'],
      ]),
    );
    await give(
      'Compare with a report',
      makeReport('cpu', [
        [ids[0], 'backendWrong'],
        [ids[1], 'backendWrong'],
      ]),
    );
    expect(await shownCases()).to.deep.equal([ids[1], ids[0]]);
    expect(await at.page.locator('.map').count()).to.equal(2);
    await at.page.getByRole('button', { name: '1 changed' }).click();
    expect(await shownCases()).to.deep.equal([ids[1]]);
    await at.page.getByRole('button', { name: 'End comparison' }).click();
    expect(await at.page.locator('.map').count()).to.equal(1);
  });

  it('says what is wrong with an address, an id or a file', async () => {
    await open('?backend=nosuch');
    expect(await status().innerText()).to.match(/^backend=nosuch is unknown; .*tiled-webgl/);
    await open('?q=conv2d:in=1');
    expect(await status().innerText()).to.include('Case id "conv2d:in=1"');
    const path = join(at.folder, 'wrong.json');
    writeFileSync(path, '{"cases": []}');
    await at.page.getByLabel('Open a report').setInputFiles(path);
    await status().filter({ hasText: 'wrong.json: it is not a report' }).waitFor();
  });

  it('shows a report that is a single file', async () => {
    const report = makeReport('webgl', [
      [ids[0], 'pass'],
      [ids[1], 'backendWrong'],
    ]);
    const path = join(at.folder, 'report.html');
    writeFileSync(path, validatorReport(report));
    expect(existsSync(join(at.folder, 'validator.js'))).to.equal(false);
    await at.page.goto(String(pathToFileURL(path)));
    expect(await shownCases()).to.deep.equal([ids[1], ids[0]]);
    expect(await at.page.locator('#injected').count()).to.equal(0);
    expect(await downloaded()).to.deep.equal(report);
  });

  it('shows every name of a report as text', async () => {
    const hostile = `"'><img src=x onerror="document.title='hit'"> & </p></script>`;
    const [id, other] = ids;
    const report = makeReport(`webgl${hostile}`, [
      [id, 'pass'],
      [other, 'backendWrong'],
    ]);
    const spoiled: ValidationReport = {
      ...report,
      device: {
        userAgent: `agent${hostile}`,
        renderer: `renderer${hostile}`,
        backend: `webgl${hostile}`,
        reference: [`cpu${hostile}`],
      },
      versions: { tfjs: `4${hostile}`, package: hostile },
      grid: `grid${hostile}`,
      cases: report.cases.map((result) => ({
        ...withReason(result, `reason${hostile}`),
        variant: `variant${hostile}`,
        family: `family${hostile}`,
        stockError: { [`cpu${hostile}`]: 0.5 },
        message: `message${hostile}`,
      })),
    };
    const path = join(at.folder, 'hostile.html');
    writeFileSync(path, validatorReport(spoiled));
    await at.page.goto(String(pathToFileURL(path)));
    await at.page.getByRole('button', { name: other }).click();
    for (const name of ['reason', 'variant', 'message', 'cpu']) {
      expect(await at.page.getByRole('dialog').innerText()).to.include(`${name}${hostile}`);
    }
    await at.page.getByRole('button', { name: 'Close' }).click();
    for (const name of ['webgl', 'grid', 'agent', 'renderer', 'variant']) {
      expect(await at.page.locator('body').innerText()).to.include(`${name}${hostile}`);
    }
    expect(await at.page.locator('img').count()).to.equal(0);
    expect(await at.page.title()).to.equal('Convolution validator');
    expect(await downloaded()).to.deep.include({ device: spoiled.device, cases: spoiled.cases });
  });

  it('fits a phone', async () => {
    await at.page.setViewportSize({ width: 360, height: 740 });
    await open();
    await give('Open a report', makeReport('webgl', [[ids[1], 'backendWrong']]));
    await at.page.locator('.map').waitFor();
    const [shown] = await at.page.locator('.cases tbody .id').allInnerTexts();
    expect(shown.length).to.be.below(ids[1].length);
    expect(await at.page.getByRole('button', { name: ids[1] }).count()).to.equal(1);
    expect(await at.page.evaluate(() => document.documentElement.scrollWidth)).to.equal(360);
  });
});
