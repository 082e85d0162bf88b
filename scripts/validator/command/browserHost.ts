/** Host that runs cases in pages of one browser. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { devDependencies } from '../../../package.json';
import { type Attempt, type CaseResult, readJson } from '../../../src/validator/index.js';
import { Failure, UsageError } from '../../lib/errors.js';
import { webgpuFlags } from '../../lib/flags.js';
import { type BrowserName, keepBrowser, PageFailure, runPage } from '../../lib/page.js';
import { bundleModule, type ModuleBundle } from './bundleModule.js';
import type { Host, ValidatorJob } from './job.js';
import { casesPath, type Ending, type Message, modulePath } from './messages.js';
import { moduleFailure, runFailure, thrownLine } from './moduleError.js';
import type { Death, PageHost } from './supervise.js';

/**
 * Milliseconds that one backend may take for a case. Even the largest case of the grids takes less
 * on a software rasteriser.
 */
const attemptMs = 60_000;
/**
 * Milliseconds that a page may otherwise send no message. Starting a page takes less, and so do the
 * inputs and the float64 answer of a case that a user writes.
 */
const silenceMs = 10 * 60_000;
const timeoutMs = 6 * 3600_000;

const wasm = '@tensorflow/tfjs-backend-wasm';

/**
 * Returns the wasm backend's binaries, in the version that the page's script was built with, from
 * the project's or the user's packages. The package is not an optional peer, because npm would then
 * refuse to install this package beside any other version of tfjs.
 */
function wasmFiles(): Record<string, Uint8Array> {
  const version = devDependencies[wasm];
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve(wasm, { paths: [import.meta.dirname, process.cwd()] });
    const found = require(join(dirname(entry), '..', 'package.json')).version;
    if (found !== version) throw new Error(`it is ${found}`);
    const names = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
    const paths = names.map((name) => [name, join(dirname(entry), name)]);
    const present = paths.filter(([, path]) => existsSync(path));
    return Object.fromEntries(present.map(([name, path]) => [name, readFileSync(path)]));
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new Failure(`backend wasm needs ${wasm}@${version}, to be installed: ${why}`);
  }
}

function filesOf(job: ValidatorJob, module: ModuleBundle | undefined): Record<string, Uint8Array> {
  const usesWasm = [job.backend, ...job.reference].includes('wasm');
  return {
    ...(usesWasm ? wasmFiles() : {}),
    ...(module === undefined ? {} : { [modulePath]: module.code }),
  };
}

function flagsOf(job: ValidatorJob): readonly string[] {
  if (![job.backend, ...job.reference].includes('webgpu')) return [];
  return webgpuFlags(job.place === 'chrome');
}

/** First words of the reason when a page hangs: `noAnswer` in a backend, `noSign` elsewhere. */
const noAnswer = 'no answer';
const noSign = 'the page gave no sign';

/** Returns a timer that calls back unless it is reset or cleared in time. */
function countdown(onEnd: (reason: string) => void) {
  let timer: NodeJS.Timeout | undefined;
  const clear = () => clearTimeout(timer);
  const set = (what: string, ms: number) => {
    clear();
    timer = setTimeout(() => onEnd(`${what} within ${ms / 1000} s`), ms);
  };
  return { set, clear };
}

/**
 * Describes a page's failure as a death. An uncaught error may come from any earlier case, so it is
 * blamed on the tested backend, never on a reference. A crash loses the page's last messages, so
 * the next case may have caused it.
 */
function deathOf(
  error: PageFailure,
  attempt: Attempt,
  backend: string,
  ms: number,
  module: ModuleBundle | undefined,
): Death {
  const [reason] = error.reason.split('\n');
  if (error.isUncaught) {
    const thrown = thrownLine(error.reason, module);
    return { attempt: { ...attempt, backend }, reason: `the page threw ${thrown}`, ms };
  }
  const isSilent = error.reason.startsWith(noAnswer);
  return { attempt, reason: isSilent ? reason : `${reason}, in this case or right after it`, ms };
}

/**
 * Opens a host that runs each `run` in a fresh page, in a browser that is kept until a page dies.
 * @throws UsageError if the module does not build, Failure if files of a backend are missing
 */
export async function browserHost(
  job: ValidatorJob,
  onHost: (host: Host) => void,
  signal: AbortSignal,
): Promise<PageHost & { close(): Promise<void> }> {
  const { place, variant, mask } = job;
  const module = job.module === undefined ? undefined : await bundleModule(job.module, 'browser');
  const files = filesOf(job, module);
  const keeper = keepBrowser();

  const onPage = async (
    ids: readonly string[],
    reference: readonly string[],
    onResult: (result: CaseResult) => void,
    isRetry: boolean,
  ): Promise<Death | null> => {
    let isUp = false;
    /** The attempt that began last. */
    let attempt: Attempt | null = null;
    let since = performance.now();
    const silence = new AbortController();
    const page = 'validate-run.html';
    const { set, clear } = countdown((reason) => silence.abort(new PageFailure(page, reason)));
    set(noSign, silenceMs);
    const onMessage = (message: Message) => {
      isUp = true;
      since = performance.now();
      if ('attempt' in message) {
        attempt = message.attempt;
        set(noAnswer, attemptMs);
        return;
      }
      set(noSign, silenceMs);
      if ('result' in message) onResult(message.result);
      else onHost(message);
    };
    try {
      const ending = (await runPage({
        page,
        query: {
          backend: job.backend,
          reference: reference.join(),
          variant,
          module: module === undefined ? '' : '1',
          mask: mask ?? '',
          captured: job.isCaptured ? '1' : '',
          precision: job.precision ?? '',
        },
        files: { ...files, [casesPath]: Buffer.from(JSON.stringify(ids)) },
        browser: place === 'chrome' ? 'auto' : (place as BrowserName | 'firefox'),
        flags: flagsOf(job),
        timeoutMs,
        signal: AbortSignal.any([signal, silence.signal]),
        onProgress: (line) => (readJson(line) as Message[]).forEach(onMessage),
        keeper,
      })) as Ending;
      if ('done' in ending) return null;
      const { error, thrown, kind } = ending;
      if (kind === 'notRegistered') throw new UsageError(`${error} in ${place}`);
      if (kind === 'module') throw moduleFailure(module as ModuleBundle, thrown);
      throw runFailure(`${error} (browser ${place})`, thrown, module);
    } catch (error) {
      if (!(error instanceof PageFailure)) throw error;
      // A long run starts many pages, so a single failed start is retried.
      if (!isUp && !isRetry) return onPage(ids, reference, onResult, true);
      if (attempt === null || error.reason.startsWith(noSign)) {
        throw runFailure(error.message, error.reason, module);
      }
      return deathOf(error, attempt, job.backend, performance.now() - since, module);
    } finally {
      clear();
    }
  };
  return {
    fresh: 'a fresh page',
    run: (ids, reference, onResult) => onPage(ids, reference, onResult, false),
    close: keeper.close,
  };
}
