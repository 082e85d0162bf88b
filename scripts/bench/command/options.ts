/** Options of `npm run bench`, and the checks of given options. */
import { variants } from '../../../kernels/webgl/variants.js';
import { readOptions } from '../../lib/args.js';
import { UsageError } from '../../lib/errors.js';
import { type NetSuite, namesOf } from '../../models/suites.js';
import { layers } from '../layers.js';

/** Names of the stock backends. */
const stock = ['webgl', 'wasm', 'webgpu', 'cpu'];
/** Tiled backends whose variants can be forced if they run on WebGL. */
const forcible = ['tiled-webgl', 'tiled'];
/** tiled-cpu with so many threads. */
const threaded = [1, 2, 3, 4].map((count) => `tiled-cpu-${count}`);
const backends = [...forcible, 'tiled-cpu', ...threaded, ...stock];

/** Nets of the suites of whole nets; host takes those that are not trained. */
const [real, zoo, trained] = [namesOf('models'), namesOf('zoo'), namesOf('training')];

const browsers = ['swiftshader', 'llvmpipe', 'firefox', 'chrome', 'auto'];

const options = {
  suite: {
    value: 'NAME',
    help: 'what to run',
    choices: ['layers', 'models', 'zoo', 'training', 'host', 'peers'],
    fallback: 'layers',
  },
  browser: {
    value: 'NAME',
    help: 'where it runs; chrome and auto take a GPU if there is one',
    choices: browsers,
    fallback: 'auto',
  },
  backend: { value: 'NAME', help: 'what is timed', choices: backends, fallback: 'tiled-webgl' },
  vs: {
    value: 'NAMES',
    help: `what it is compared with, comma between: ${backends.join(', ')}`,
    fallback: 'webgl',
  },
  model: {
    value: 'NAMES',
    help: `nets, comma between; of models: ${real.join(', ')}; of zoo: ${zoo.join(', ')}; of training: ${trained.join(', ')}; of host: those of models and zoo (default all, of host those of models)`,
  },
  variant: { value: 'NAME', help: "also time every variant ('all'), or one beside the chosen one" },
  tune: { help: 'tune() every layer first, so that the chosen variant is a measured one' },
  only: { value: 'REGEX', help: 'only layers whose id matches' },
  'warm-up': { help: 'warmUp() before the first prediction of a net' },
  captured: { help: 'tiled backends predict from recordings in the timed rounds' },
  predictions: {
    value: 'N',
    help: 'so many predictions of a net, or steps, to see that memory stays as it is',
  },
  flags: {
    value: 'FLAGS',
    help: 'flags of tf.env() in the page, such as TILED_PLANE_STORAGE:layers, comma between',
    fallback: '',
  },
  threads: { value: 'N', help: 'threads of the CPU engine, of LiteRT.js and of ONNX Runtime' },
  rounds: { value: 'N', help: 'samples a side', fallback: '7' },
  json: { value: 'FILE', help: 'write the result to this file' },
  html: { value: 'FILE', help: 'write a self-contained report to this file' },
  figures: {
    value: 'FILE',
    help: 'write what the documents show of the result, for npm run figures: docs/figures/NAME.json',
  },
} as const;

function checkVs(value: string, backend: string): void {
  const names = value.split(',');
  for (const [i, name] of names.entries()) {
    if (!backends.includes(name) || name === backend) {
      const others = backends.filter((other) => other !== backend);
      const why = name === backend ? `, but ${backend} is what is timed` : '';
      throw new UsageError(`--vs is "${value}"${why}; it takes names among ${others.join(', ')}`);
    }
    if (names.indexOf(name) < i) throw new UsageError(`--vs is "${value}", with ${name} twice`);
  }
}

function checkVariant(value: string, backend: string): void {
  if (!forcible.includes(backend)) {
    throw new UsageError(
      `--variant is "${value}", but ${backend} has no variants to choose; use it with --backend ${forcible.join(' or ')}`,
    );
  }
  const names = variants.map(({ name }) => name);
  if (value !== 'all' && !names.includes(value)) {
    throw new UsageError(`--variant is "${value}"; it must be all or one of ${names.join(', ')}`);
  }
}

function checkOnly(value: string): void {
  let pattern: RegExp;
  try {
    pattern = new RegExp(value);
  } catch (error) {
    throw new UsageError(
      `--only is "${value}", which is not a regular expression: ${(error as Error).message}`,
    );
  }
  if (!layers.some(({ id }) => pattern.test(id))) {
    throw new UsageError(
      `--only is "${value}", which matches no layer; ids are like ${layers[0].id}`,
    );
  }
}

function checkCount(name: string, value: string, most: number): void {
  if (!/^[1-9]\d*$/.test(value) || Number(value) > most) {
    throw new UsageError(`--${name} is "${value}"; it must be a whole number from 1 to ${most}`);
  }
}

/** Options that only some suites have. */
const ofSuites = [
  { names: ['variant', 'tune', 'only'], suites: ['layers'] },
  { names: ['warm-up', 'captured'], suites: ['models', 'zoo'] },
  { names: ['predictions'], suites: ['models', 'zoo', 'training'] },
  { names: ['model'], suites: ['models', 'zoo', 'training', 'host'] },
  { names: ['threads'], suites: ['peers'] },
  { names: ['html'], suites: ['layers', 'models', 'zoo', 'training'] },
] as const;

function checkSuite(values: Readonly<Record<string, string | undefined>>): void {
  for (const { names, suites } of ofSuites) {
    const given = names.find((name) => values[name] !== undefined);
    if (given !== undefined && !suites.some((suite) => suite === values.suite)) {
      throw new UsageError(
        `--${given} is "${values[given]}", but it belongs to --suite ${suites.join(' or ')}, not ${values.suite}`,
      );
    }
  }
}

/**
 * Returns the names of nets in an option's value, each once.
 * @param known the names that the option takes
 * @throws UsageError if a name is unknown
 */
export function readNets(value: string, known: readonly string[], option = '--model'): string[] {
  const names = value.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`${option} is "${unknown}"; it must be one of ${known.join(', ')}`);
  }
  return [...new Set(names)];
}

/** Returns the names of the nets to run. */
function netsOf(suite: string, model: string | undefined): string[] {
  const own: Readonly<Record<string, string[]>> = {
    models: real,
    zoo,
    training: trained,
  } satisfies Record<NetSuite, string[]>;
  if (model === undefined) return own[suite] ?? real;
  return readNets(model, own[suite] ?? [...real, ...zoo]);
}

/**
 * Reads and checks the options; returns null if help was requested.
 * @throws UsageError with one line on what is wrong
 */
export function readBenchOptions(argv: string[]) {
  const values = readOptions('npm run bench -- [options]', options, argv);
  if (values === null) return null;
  checkSuite(values);
  checkVs(values.vs, values.backend);
  checkCount('rounds', values.rounds, 999);
  if (values.threads !== undefined) checkCount('threads', values.threads, 64);
  if (values.predictions !== undefined) checkCount('predictions', values.predictions, 100_000);
  if (values.variant !== undefined) checkVariant(values.variant, values.backend);
  if (values.only !== undefined) checkOnly(values.only);
  return { ...values, nets: netsOf(values.suite, values.model) };
}
