/** Where a run takes place: in pages of a browser, or in this process. */
import { browserHost } from './browserHost.js';
import type { Job, Listener } from './job.js';
import { supervise } from './supervise.js';

/**
 * Runs the job; rejects with the signal's reason when it is aborted.
 * @throws UsageError for a backend that is not registered, Failure when a run cannot go on
 */
export async function execute(job: Job, listener: Listener, signal: AbortSignal): Promise<void> {
  if (job.place === 'node') {
    // Browsers need none of it, and it takes a while to load.
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
