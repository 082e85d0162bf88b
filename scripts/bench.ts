/** `npm run bench`: times a backend against others on layers or whole nets, in a browser. */

import { readBenchOptions } from './bench/command/options.js';
import { type HostBench, runHost } from './bench/command/runHost.js';
import { runNets } from './bench/command/runNets.js';
import { type PeerBench, runPeers } from './bench/command/runPeers.js';
import { hostText } from './bench/report/hostText.js';
import { benchHtml } from './bench/report/layerHtml.js';
import { netBenchHtml } from './bench/report/netHtml.js';
import { netFaults } from './bench/report/nets.js';
import { netBenchText } from './bench/report/netText.js';
import { peersText } from './bench/report/peers.js';
import { benchText, failures } from './bench/report/text.js';
import type { BenchResult } from './bench/results.js';
import { figuresText } from './figures/files.js';
import { layerFiguresOf } from './figures/layerFigures.js';
import { netFiguresOf } from './figures/netFigures.js';
import { provenanceOf } from './figures/provenance.js';
import { couldNotRun, Failure } from './lib/errors.js';
import { webgpuFlags } from './lib/flags.js';
import { jsonOutput, textOutput } from './lib/output.js';
import { type BrowserName, flagsQuery, runPage } from './lib/page.js';
import type { Device, PageError } from './report/page.js';
import { endProgress, showProgress } from './report/progress.js';

const timeoutMs = 90 * 60_000;

type Options = NonNullable<ReturnType<typeof readBenchOptions>>;

/** Returns the browser, and whether it may use a GPU. */
function place({ browser }: Options) {
  const mayHaveGpu = browser === 'chrome' || browser === 'auto';
  return { browser: mayHaveGpu ? 'auto' : (browser as BrowserName | 'firefox'), mayHaveGpu };
}

async function benchLayers(values: Options): Promise<BenchResult> {
  const { suite, backend, vs, rounds, variant = '', only = '', tune, flags } = values;
  const { browser, mayHaveGpu } = place(values);
  const usesWebgpu = [backend, ...vs.split(',')].includes('webgpu');
  const result = (await runPage({
    page: 'bench.html',
    query: {
      ...{ suite, backend, vs, rounds, variant, only },
      ...flagsQuery(flags),
      tune: tune === undefined ? '' : '1',
    },
    browser,
    flags: usesWebgpu ? webgpuFlags(mayHaveGpu) : [],
    timeoutMs,
    onProgress: showProgress,
  })) as BenchResult | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page bench.html: ${result.error}`);
  return result;
}

/** @returns 0: no fault; 1: something is wrong or was not timed; 3: the backend ran nothing */
export async function main(argv: string[]): Promise<number> {
  const values = readBenchOptions(argv);
  if (values === null) return 0;
  const { suite, backend, vs, rounds, nets, flags, json, html, figures } = values;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);
  const writeHtml = html === undefined ? undefined : textOutput('--html', html);
  const writeFigures = figures === undefined ? undefined : textOutput('--figures', figures);
  const from = (device: Device) => provenanceOf(argv, values.browser, device);

  if (suite === 'models' || suite === 'zoo' || suite === 'training') {
    const { predictions = '0' } = values;
    const result = await runNets({
      suite,
      nets,
      backend,
      vs: vs.split(','),
      rounds: Number(rounds),
      predictions: Number(predictions),
      isWarm: values['warm-up'] !== undefined,
      isCaptured: values.captured !== undefined,
      flags,
      ...place(values),
    });
    writeJson?.(result);
    writeHtml?.(netBenchHtml(result));
    writeFigures?.(figuresText(netFiguresOf(result, from(result.device))));
    console.log(netBenchText(result));
    if (!result.rows.some((row) => row.backend === backend)) return couldNotRun;
    return netFaults(result).length === 0 ? 0 : 1;
  }
  if (suite === 'host') {
    const { browser } = place(values);
    const bench = { nets, backend, vs: vs.split(','), browser, rounds: Number(rounds), flags };
    const result = await runHost(bench as HostBench);
    writeJson?.(result);
    console.log(hostText(result));
    return result.failures.length === 0 ? 0 : 1;
  }
  if (suite === 'peers') {
    const { browser } = place(values);
    const threads = Number(values.threads ?? 1);
    const bench = { backend, browser, rounds: Number(rounds), threads };
    const result = await runPeers(bench as PeerBench);
    writeJson?.(result);
    console.log(peersText(result));
    return result.failures.length === 0 ? 0 : 1;
  }
  const result = await benchLayers(values);
  writeJson?.(result);
  writeHtml?.(benchHtml(result));
  const isTuned = values.tune !== undefined;
  writeFigures?.(figuresText(layerFiguresOf(result, from(result.device), isTuned)));
  console.log(benchText(result));
  return failures(result).length + result.absent.length === 0 ? 0 : 1;
}
