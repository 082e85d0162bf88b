/** `npm run profile`: shows the time and the conversions of each kernel of a net. */
import { readNets } from './bench/command/options.js';
import { readOptions } from './lib/args.js';
import { Failure, UsageError } from './lib/errors.js';
import { browserNames } from './lib/flags.js';
import { jsonOutput, textOutput } from './lib/output.js';
import { type BrowserName, runPage } from './lib/page.js';
import { namesOf } from './models/suites.js';
import { profileHtml } from './profile/html.js';
import type { ProfileResult } from './profile/results.js';
import { profileText } from './profile/text.js';
import type { PageError } from './report/page.js';
import { endProgress, showProgress } from './report/progress.js';

const netNames = [...namesOf('models'), ...namesOf('zoo'), ...namesOf('training')];

const options = {
  model: { value: 'NAME', help: `the net: ${netNames.join(', ')}`, fallback: netNames[0] },
  browser: { value: 'NAME', help: 'where it runs', choices: browserNames, fallback: 'auto' },
  backend: {
    value: 'NAME',
    help: 'what runs it',
    choices: ['tiled-webgl', 'webgl', 'tiled-cpu', 'cpu'],
    fallback: 'tiled-webgl',
  },
  rounds: { value: 'N', help: 'predictions whose kernels are timed', fallback: '5' },
  json: { value: 'FILE', help: 'write the result, every kernel call in it, to this file' },
  html: { value: 'FILE', help: 'write a self-contained report to this file' },
} as const;

const timeoutMs = 30 * 60_000;

function checkProfile(values: { model: string; rounds: string }): void {
  if (readNets(values.model, netNames).length > 1) {
    throw new UsageError(`--model is "${values.model}"; it takes one name`);
  }
  if (!/^[1-9]\d?$/.test(values.rounds)) {
    throw new UsageError(`--rounds is "${values.rounds}"; it must be a whole number from 1 to 99`);
  }
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run profile -- [options]', options, argv);
  if (values === null) return 0;
  checkProfile(values);
  const { model, browser, backend, rounds, json, html } = values;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);
  const writeHtml = html === undefined ? undefined : textOutput('--html', html);
  const result = (await runPage({
    page: 'profile.html',
    query: { net: model, backend, rounds },
    browser: browser as BrowserName,
    timeoutMs,
    onProgress: showProgress,
  })) as ProfileResult | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page profile.html: ${result.error}`);
  writeJson?.(result);
  writeHtml?.(profileHtml(result));
  console.log(profileText(result));
  return 0;
}
