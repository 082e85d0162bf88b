/** Tests of the device page in a real browser, with few cases, layers and predictions. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { HostPageResult } from '../../../../../scripts/bench/report/host.js';
import type { NetPageResult } from '../../../../../scripts/bench/report/nets.js';
import type { BenchResult } from '../../../../../scripts/bench/results.js';
import { jobsOf } from '../../../../../scripts/device/parts.js';
import {
  type CheckResult,
  type DeviceDescription,
  type DeviceReport,
  isReport,
} from '../../../../../scripts/device/results.js';
import { main } from '../../../../../scripts/device-page.js';
import { pageFixture } from '../../../../support/pageFixture.js';
import { quietly } from '../../../../support/quietly.js';

/** Jobs that need neither weights nor much time. */
const light = ['device', 'check', 'layers', 'variants'];

/** Tenth draw of a context in the page of the check loses all contexts of that page. */
function loseContextsInCheck(): void {
  if (new URLSearchParams(location.search).get('page') !== 'check') return;
  const { tellLoss } = globalThis as unknown as { tellLoss: (contexts: number) => void };
  const used = new Set<WebGL2RenderingContext>();
  let draws = 0;
  const { prototype } = WebGL2RenderingContext;
  for (const name of ['drawArrays', 'drawElements'] as const) {
    const draw = prototype[name] as (...given: unknown[]) => void;
    Object.assign(prototype, {
      [name](this: WebGL2RenderingContext, ...given: unknown[]) {
        used.add(this);
        draw.apply(this, given);
        if (++draws !== 10) return;
        for (const gl of used) gl.getExtension('WEBGL_lose_context')?.loseContext();
        tellLoss(used.size);
      },
    });
  }
}

describe('device page', () => {
  const at = pageFixture({
    viewport: { width: 360, height: 740 },
    prepare: async (folder) => {
      expect(await quietly(() => main(['--out', folder]))).to.equal(0);
      return { folder };
    },
  });

  const open = (address = `${at.origin}/index.html`) => at.page.goto(`${address}?quick`);
  const click = (name: string) => at.page.getByRole('button', { name, exact: true }).click();
  const status = (text: RegExp) => at.page.locator('#status').filter({ hasText: text }).waitFor();
  const part = (title: string, state: string) =>
    at.page.locator(`.parts .${state}`).filter({ hasText: title }).waitFor();
  const width = () => at.page.evaluate(() => document.documentElement.scrollWidth);

  async function downloaded(): Promise<DeviceReport> {
    const [file] = await Promise.all([at.page.waitForEvent('download'), click('Download JSON')]);
    expect(file.suggestedFilename()).to.match(/^tiled-[0-9-]+-[a-z0-9-]+\.json$/);
    const report: unknown = JSON.parse(readFileSync(await file.path(), 'utf8'));
    expect(isReport(report)).to.equal(true);
    return report as DeviceReport;
  }

  const resultOf = <T>({ jobs }: DeviceReport, id: string) =>
    jobs.find((job) => job.id === id)?.result as T;

  /** Leaves out the nets, which take long, once they begin. */
  async function skipNets(): Promise<void> {
    await part('Whole nets', 'running');
    await click('Stop');
    await status(/^Finished/);
  }

  it('measures every part, and hands over the report', async () => {
    let isSeen = () => {};
    const seen = new Promise<void>((resolve) => {
      isSeen = resolve;
    });
    await at.page.route(/part\.html\?/, (route) => seen.then(() => route.continue()));
    await open();
    expect(await width()).to.equal(360);
    await click('Start');
    await at.page.getByText(/^Part 1 of 6: This device/).waitFor();
    isSeen();
    await status(/^Finished/);
    expect(await width()).to.equal(360);
    const report = await downloaded();
    const ids = jobsOf('quick').map(({ id }) => id);
    expect(report.jobs.map(({ id, state }) => `${id} ${state}`)).to.deep.equal(
      ids.map((id) => `${id} done`),
    );
    const device = resultOf<DeviceDescription>(report, 'device');
    expect(device.targets).to.have.keys('RGBA32F', 'RGBA16F', 'RGBA8');
    expect(device.tiledInfo).to.include({ engine: 'webgl', device: 'swiftshader' });
    const check = resultOf<CheckResult>(report, 'check');
    expect(check).to.deep.include({ cases: 4, wrong: [] });
    const { rows } = resultOf<BenchResult>(report, 'layers');
    expect(rows.map(({ ok }) => ok)).to.deep.equal([true, true]);
    const { variants } = resultOf<BenchResult>(report, 'variants');
    expect(variants?.rows.length).to.be.above(0);
    const net = 'mobilenet-v2-graph';
    const sides = resultOf<NetPageResult>(report, `nets/${net}`).rows;
    expect(sides.map(({ backend }) => backend)).to.deep.equal(['webgl', 'tiled-webgl']);
    const counted = resultOf<HostPageResult>(report, `host/${net}/calls`).sides;
    expect(counted.map(({ backend }) => backend)).to.include('tiled-webgl captured');
    for (const { samples } of counted) expect(samples[0].calls.bindFramebuffer).to.be.above(9);
  });

  it('goes on after a part that fails, and after one that is left out', async () => {
    await at.page.route(/part\.html\?.*page=check/, (route) => route.fulfill({ status: 404 }));
    await at.page.route(/part\.html\?.*variant=all/, () => {});
    await open();
    await click('Start');
    await part('Every way', 'running');
    await click('Skip this part');
    await skipNets();
    const { jobs } = await downloaded();
    const [device, check, layers, variants, ...others] = jobs;
    expect([device.state, layers.state]).to.deep.equal(['done', 'done']);
    expect(check).to.include({ state: 'failed', error: 'the page of this part did not load' });
    expect(check.earlier).to.have.length(1);
    expect(variants).to.include({ state: 'skipped', error: 'left out' });
    expect(new Set(others.map(({ error }) => error))).to.deep.equal(
      new Set(['the run was stopped']),
    );
    expect(await at.page.locator('#result .bad').innerText()).to.match(/^check failed: /);
  });

  it('loses nothing if its tab ends, and goes on where it was', async () => {
    await open();
    await click('Start');
    await part('Are results right?', 'done');
    await part('Single layers', 'running');
    await at.page.reload();
    await status(/^The last run was interrupted/);
    expect((await downloaded()).jobs.map(({ id }) => id)).to.deep.equal(['device', 'check']);
    await click('Continue');
    await skipNets();
    const { jobs } = await downloaded();
    expect(jobs.slice(0, 2).map(({ state }) => state)).to.deep.equal(['done', 'done']);
    const layers = jobs.find(({ id }) => id === 'layers');
    expect(layers).to.include({ state: 'failed', seconds: 0 });
    expect(layers?.error).to.match(/^the page ended or was left/);
  });

  it('outlives lost contexts', async () => {
    const losses: number[] = [];
    await at.page.exposeFunction('tellLoss', (contexts: number) => losses.push(contexts));
    await at.page.addInitScript(loseContextsInCheck);
    await open();
    await click('Start');
    await skipNets();
    expect(losses[0]).to.be.above(0);
    const { jobs } = await downloaded();
    const states = jobs.filter(({ id }) => light.includes(id)).map(({ state }) => state);
    expect(states.slice(2)).to.deep.equal(['done', 'done']);
    const check = resultOf<CheckResult>({ jobs } as unknown as DeviceReport, 'check');
    // A case that was being computed may say so; none may have a wrong value.
    const isOurs = ({ verdict }: { verdict: string }) => verdict === 'backendWrong';
    const messages = check?.wrong.filter(isOurs).map(({ message }) => message) ?? [];
    expect(messages.filter((message) => !/context was lost/.test(message))).to.deep.equal([]);
  });

  it('runs from a file, without the nets', async () => {
    await open(pathToFileURL(join(at.folder, 'index.html')).href);
    await at.page.getByText(/opened from a file/).waitFor();
    await click('Start');
    await status(/^Finished/);
    const { jobs } = await downloaded();
    for (const { id, state } of jobs) {
      expect(state, id).to.equal(light.includes(id) ? 'done' : 'skipped');
    }
  });

  it('has all files of its nets', () => {
    for (const name of ['mobilenet-v2', 'esrgan-slim']) {
      expect(existsSync(join(at.folder, 'models', name, 'model.json')), name).to.equal(true);
    }
    const weights = 'face-api/ssd_mobilenetv1_model-weights_manifest.json';
    expect(existsSync(join(at.folder, 'models', weights))).to.equal(true);
  });
});
