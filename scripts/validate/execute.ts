/** Where a run takes place: in pages of a browser, or in this process. */
import type { CaseResult } from '../../src/validator/index.js';
import type { BrowserName } from '../lib/page.js';
import type { MaskName } from '../webgl/masks.js';
import { browserHost } from './browserHost.js';
import type { Run } from './runIds.js';
import { supervise } from './supervise.js';

export type Place = Exclude<BrowserName, 'auto'> | 'firefox' | 'chrome' | 'node';

export interface Job extends Run {
  place: Place;
  /** A script that registers a backend. */
  module?: string;
  /** What the browser must do without. */
  mask?: MaskName;
}

/** What a run ran on. */
export interface Host {
  renderer: string;
  userAgent: string;
  tfjs: string;
}

export interface Listener {
  /** Told once a page, of which there may be several. */
  onHost(host: Host): void;
  /** Told of each case's results, one a variant. */
  onResults(results: readonly CaseResult[]): void;
}

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
