/** `npm run bench`: times a backend against others on a suite of layers, in a browser. */
import { readBenchOptions } from './bench/options.js';
import { benchText, failures } from './bench/text.js';
import { Failure } from './lib/errors.js';
import { webgpuFlags } from './lib/flags.js';
import { jsonOutput, textOutput } from './lib/output.js';
import { type BrowserName, runPage } from './lib/page.js';
import { benchHtml } from './reporting/benchHtml.js';
import { endProgress, showProgress } from './reporting/progress.js';
import type { BenchResult, PageError } from './reporting/results.js';

const timeoutMs = 90 * 60_000;

export async function main(argv: string[]): Promise<number> {
  const values = readBenchOptions(argv);
  if (values === null) return 0;
  const { suite, browser, backend, vs, rounds, variant = '', only = '', json, html } = values;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);
  const writeHtml = html === undefined ? undefined : textOutput('--html', html);

  const mayHaveGpu = browser === 'chrome' || browser === 'auto';
  const usesWebgpu = [backend, ...vs.split(',')].includes('webgpu');
  const result = (await runPage({
    page: 'bench.html',
    query: { suite, backend, vs, rounds, variant, only },
    browser: mayHaveGpu ? 'auto' : (browser as BrowserName | 'firefox'),
    flags: usesWebgpu ? webgpuFlags(mayHaveGpu) : [],
    timeoutMs,
    onProgress: showProgress,
  })) as BenchResult | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page bench.html: ${result.error}`);
  writeJson?.(result);
  writeHtml?.(benchHtml(result));
  console.log(benchText(result));
  return failures(result).length + result.absent.length === 0 ? 0 : 1;
}
