/** Host that runs cases in this process. */
import { cpus } from 'node:os';
import {
  env,
  findBackendFactory,
  registerBackend,
  removeBackend,
  version_core,
} from '@tensorflow/tfjs-core';
import '../../../src/index.js';
import { UsageError } from '../../lib/errors.js';
import { bundleModule, type ModuleBundle } from './bundleModule.js';
import type { Host, ValidatorJob } from './job.js';
import { moduleFailure, runFailure } from './moduleError.js';
import { NotRegistered, runIds } from './runIds.js';
import type { PageHost } from './supervise.js';
import { shareTfjs } from './tfjsGlobal.js';
import { causeOf, thrownText } from './thrown.js';

/** Disposes the backend's instance, so that its next use creates another. */
function renew(name: string): void {
  const factory = findBackendFactory(name);
  if (factory == null) return;
  removeBackend(name);
  registerBackend(name, factory);
}

/** @throws Failure with the error that the module throws */
async function loadModule(file: string): Promise<ModuleBundle> {
  const bundle = await bundleModule(file, 'node');
  shareTfjs();
  const code = Buffer.from(bundle.code).toString('base64');
  try {
    await import(`data:text/javascript;base64,${code}`);
  } catch (error) {
    throw moduleFailure(bundle, thrownText(error));
  }
  return bundle;
}

/**
 * Runs `body`. An uncaught error anywhere in this process aborts the signal that `body` receives.
 * @throws the error that `body` throws, or the uncaught error
 */
async function orUncaught<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  const uncaught = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  const onUncaught = (error: unknown) => stop.abort(error);
  process.once('uncaughtException', onUncaught);
  try {
    return await Promise.race([body(signal), uncaught]);
  } finally {
    process.removeListener('uncaughtException', onUncaught);
  }
}

/**
 * Opens a host whose every `run` after the first gets new instances of the backends. Other state of
 * a backend, in its module or in native code, remains. A case that never returns cannot be stopped
 * here.
 */
export async function nodeHost(
  job: ValidatorJob,
  onHost: (host: Host) => void,
  signal: AbortSignal,
): Promise<PageHost> {
  // Otherwise each new instance of a backend prints an advertisement.
  env().set('IS_TEST', true);
  const module = job.module === undefined ? undefined : await loadModule(job.module);
  onHost({
    renderer: cpus()[0]?.model ?? 'unknown processor',
    userAgent: `Node ${process.version}`,
    tfjs: version_core,
  });
  let isUsed = false;
  return {
    fresh: 'a fresh backend',
    run: async (ids, reference, onResult) => {
      if (isUsed) for (const name of [job.backend, ...job.reference]) renew(name);
      isUsed = true;
      try {
        const run = { ...job, ids: [...ids], reference: [...reference] };
        await orUncaught((stop) => runIds(run, { onResult }, AbortSignal.any([signal, stop])));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof NotRegistered) throw new UsageError(`${message} in node`);
        throw runFailure(message, thrownText(causeOf(error)), module);
      }
      signal.throwIfAborted();
      return null;
    },
  };
}
