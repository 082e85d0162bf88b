/** Execution of a run: in pages of a browser, or in this process. */
import { browserHost } from './browserHost.js';
import type { Listener, ValidatorJob } from './job.js';
import { supervise } from './supervise.js';

/**
 * Runs the job; rejects with the signal's reason if the signal aborts it.
 * @throws UsageError for a backend that is not registered, Failure if a run cannot continue
 */
export async function execute(
  job: ValidatorJob,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  if (job.place === 'node') {
    // Imported here because browsers do not need it and it takes a while to load.
    const { nodeHost } = await import('./nodeHost.js');
    const host = await nodeHost(job, listener.onHost, signal);
    return supervise(job, host, listener.onResults);
  }
  const host = await browserHost(job, listener.onHost, signal);
  try {
    await supervise(job, host, listener.onResults);
  } finally {
    await host.close();
  }
}
