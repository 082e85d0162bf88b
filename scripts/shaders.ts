/**
 * `npm run shaders`: writes the programs of every variant, for every layer of the suite, as compilers
 * of GPUs take them: NAME.frag, index.json and plans.json. With nets, their layers come after those of
 * the suite, and nets.json says which layers each net consists of.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileNamed, profiles } from '../kernels/webgl/devices.js';
import { readNets } from './bench/command/options.js';
import { layers } from './bench/layers.js';
import { readOptions } from './lib/args.js';
import { Failure } from './lib/errors.js';
import { browserNames } from './lib/flags.js';
import { type BrowserName, runPage } from './lib/page.js';
import { netNames } from './models/nets.js';
import { namesOf } from './models/suites.js';
import type { PageError } from './report/page.js';
import { endProgress, showProgress } from './report/progress.js';
import { deviceLimits } from './shaders/limits.js';
import { type NetCalls, netLayersOf } from './shaders/netLayers.js';
import { listingOf } from './shaders/plansOf.js';

const options = {
  device: {
    value: 'NAME',
    help: 'profile whose first choices are marked',
    choices: profiles.map(({ name }) => name),
    fallback: 'unknown',
  },
  nets: {
    value: 'NAMES',
    help: `also the layers of these nets, comma between: ${netNames} ('all'), or nets of the zoo`,
  },
  browser: {
    value: 'NAME',
    help: 'where the nets predict once, on the CPU',
    choices: browserNames,
    fallback: 'auto',
  },
  out: { value: 'DIR', help: 'folder for the files', fallback: 'shaders' },
} as const;

const timeoutMs = 10 * 60_000;

function netsAsked(nets: string | undefined): readonly string[] {
  if (nets === undefined) return [];
  return nets === 'all' ? netNames : readNets(nets, [...netNames, ...namesOf('zoo')], '--nets');
}

/** Predicts with the nets once, and returns their layers that are not in the suite. */
async function layersOfNets(names: readonly string[], browser: string) {
  const result = (await runPage({
    page: 'net-layers.html',
    query: { nets: names.join() },
    browser: browser as BrowserName,
    timeoutMs,
    onProgress: showProgress,
  })) as { readonly nets: NetCalls[] } | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page net-layers.html: ${result.error}`);
  return netLayersOf(
    result.nets,
    layers.map(({ id }) => id),
  );
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run shaders -- [options]', options, argv);
  if (values === null) return 0;
  const nets = netsAsked(values.nets);
  const ofNets = nets.length === 0 ? null : await layersOfNets(nets, values.browser);
  const limits = deviceLimits(profileNamed(values.device));
  const { programs, plans } = listingOf([...layers, ...(ofNets?.layers ?? [])], limits);
  mkdirSync(values.out, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(values.out, name), text);
  for (const { name, fragment } of programs) write(`${name}.frag`, fragment);
  const rows = programs.map(({ fragment: _, ...row }) => row);
  write('index.json', `${JSON.stringify(rows, null, 1)}\n`);
  write('plans.json', `${JSON.stringify(plans, null, 1)}\n`);
  if (ofNets !== null) write('nets.json', `${JSON.stringify(ofNets.index, null, 1)}\n`);
  const chosen = plans.filter((plan) => plan.chosen);
  const draws = chosen.flatMap(({ passes }) => passes).reduce((sum, pass) => sum + pass.draws, 0);
  console.log(
    `${values.out}: ${programs.length} programs, ${plans.length} plans; ` +
      `${values.device} takes ${chosen.length} first, in ${draws} draws`,
  );
  return 0;
}
