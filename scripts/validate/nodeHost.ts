/** Cases in this process. */
import { cpus } from 'node:os';
import {
  env,
  findBackendFactory,
  registerBackend,
  removeBackend,
  version_core,
} from '@tensorflow/tfjs-core';
import '../../src/index.js';
import { Failure, UsageError } from '../lib/errors.js';
import { bundleModule } from './bundleModule.js';
import type { Host, Job } from './execute.js';
import { NotRegistered, runIds } from './runIds.js';
import type { PageHost } from './supervise.js';
import { shareTfjs } from './tfjsGlobal.js';

/** Disposes of the backend's instance: its next use makes another. */
function renew(name: string): void {
  const factory = findBackendFactory(name);
  if (factory == null) return;
  removeBackend(name);
  registerBackend(name, factory);
}

/**
 * Every `run` but the first has new instances of the backends; what else a backend keeps, in its
 * module or in native code, stays. A case that never returns cannot be stopped here.
 */
export async function nodeHost(
  job: Job,
  onHost: (host: Host) => void,
  signal: AbortSignal,
): Promise<PageHost> {
  // Else each new instance of a backend prints an advertisement.
  env().set('IS_TEST', true);
  if (job.module !== undefined) {
    shareTfjs();
    const code = Buffer.from(await bundleModule(job.module, 'node')).toString('base64');
    await import(`data:text/javascript;base64,${code}`);
  }
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
        await runIds({ ...job, ids: [...ids], reference: [...reference] }, { onResult }, signal);
      } catch (error) {
        if (error instanceof NotRegistered) throw new UsageError(`${error.message} in node`);
        throw new Failure((error as Error).message);
      }
      signal.throwIfAborted();
      return null;
    },
  };
}
