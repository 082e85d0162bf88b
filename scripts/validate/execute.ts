/** Where a run takes place: in a page of a browser, or in this process. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type CaseResult, readJson } from '../../src/validator/index.js';
import { Failure, UsageError } from '../lib/errors.js';
import { type BrowserName, runPage } from '../lib/page.js';
import { bundleModule } from './bundleModule.js';
import { casesPath, type Ending, type Message, modulePath } from './messages.js';
import type { Run } from './runIds.js';

export type Place = Exclude<BrowserName, 'auto'> | 'firefox' | 'chrome' | 'node';

export interface Job extends Run {
  place: Place;
  /** A script that registers a backend. */
  module?: string;
}

/** What a run ran on. */
export interface Host {
  renderer: string;
  userAgent: string;
  tfjs: string;
}

export interface Listener {
  onHost(host: Host): void;
  onResults(results: readonly CaseResult[]): void;
}

/** A case of the largest sizes takes a software rasteriser less than that. */
const silenceMs = 10 * 60_000;
const timeoutMs = 6 * 3600_000;

/** WebGPU on Chromium's software adapter where there is no GPU. */
const webgpuFlags = ['--enable-unsafe-webgpu', '--enable-features=Vulkan'];
const softwareAdapter = ['--use-webgpu-adapter=swiftshader'];

function wasmFiles(): Record<string, Uint8Array> {
  try {
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    const names = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
    const paths = names.map((name) => [name, join(dirname(entry), name)]);
    const present = paths.filter(([, path]) => existsSync(path));
    return Object.fromEntries(present.map(([name, path]) => [name, readFileSync(path)]));
  } catch {
    throw new Failure('backend wasm needs the package @tensorflow/tfjs-backend-wasm: install it.');
  }
}

async function filesOf(job: Job): Promise<Record<string, Uint8Array>> {
  const usesWasm = [job.backend, ...job.reference].includes('wasm');
  return {
    [casesPath]: Buffer.from(JSON.stringify(job.ids)),
    ...(usesWasm ? wasmFiles() : {}),
    ...(job.module === undefined
      ? {}
      : { [modulePath]: await bundleModule(job.module, 'browser') }),
  };
}

function flagsOf(job: Job): readonly string[] {
  if (![job.backend, ...job.reference].includes('webgpu')) return [];
  return job.place === 'chrome' ? webgpuFlags : [...webgpuFlags, ...softwareAdapter];
}

async function inBrowser(job: Job, listener: Listener, signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => silence.abort(new Failure(`no result for ${silenceMs / 60_000} minutes`)),
      silenceMs,
    );
  };
  heard();
  try {
    const ending = (await runPage({
      page: 'validate-run.html',
      query: {
        backend: job.backend,
        reference: job.reference.join(),
        variant: job.variant,
        module: job.module === undefined ? '' : '1',
      },
      files: await filesOf(job),
      browser: job.place === 'chrome' ? 'auto' : (job.place as BrowserName | 'firefox'),
      flags: flagsOf(job),
      timeoutMs,
      signal: AbortSignal.any([signal, silence.signal]),
      onProgress: (line) => {
        heard();
        const message = readJson(line) as Message;
        if ('results' in message) listener.onResults(message.results);
        else listener.onHost(message);
      },
    })) as Ending;
    if ('done' in ending) return;
    if (ending.kind === 'notRegistered') throw new UsageError(`${ending.error} in ${job.place}`);
    throw new Failure(`${ending.error} (browser ${job.place})`);
  } finally {
    clearTimeout(timer);
  }
}

async function inNode(job: Job, listener: Listener, signal: AbortSignal): Promise<void> {
  await import('../../src/index.js');
  const { version_core } = await import('@tensorflow/tfjs-core');
  const { NotRegistered, runIds } = await import('./runIds.js');
  if (job.module !== undefined) {
    const { shareTfjs } = await import('./tfjsGlobal.js');
    shareTfjs();
    const code = Buffer.from(await bundleModule(job.module, 'node')).toString('base64');
    await import(`data:text/javascript;base64,${code}`);
  }
  listener.onHost({
    renderer: cpus()[0]?.model ?? 'unknown processor',
    userAgent: `Node ${process.version}`,
    tfjs: version_core,
  });
  try {
    await runIds(job, (result) => listener.onResults([result]), signal);
  } catch (error) {
    if (error instanceof NotRegistered) throw new UsageError(`${error.message} in node`);
    throw new Failure((error as Error).message);
  }
  signal.throwIfAborted();
}

/**
 * Runs the job; rejects with the signal's reason when it is aborted.
 * @throws UsageError for a backend that is not registered, Failure when a run cannot go on
 */
export function execute(job: Job, listener: Listener, signal: AbortSignal): Promise<void> {
  return (job.place === 'node' ? inNode : inBrowser)(job, listener, signal);
}
