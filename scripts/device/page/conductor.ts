/** Runs the jobs one after another, keeps the report after each, and outlives those that fail. */
import type { Job } from '../parts.js';
import { type DeviceReport, type JobResult, withJob } from '../results.js';
import { runInFrame } from './frame.js';
import { type Kept, keep } from './store.js';

export interface Listener {
  onBegin(job: Job): void;
  /** @param done finished part of the job, from 0 to 1; null if it is not known */
  onProgress(job: Job, text: string, done: number | null): void;
  onEnd(job: Job, result: JobResult, report: DeviceReport): void;
}

/** Number of times that a job is tried, because a context may be lost by chance. */
const TRIES = 2;

/** Milliseconds between two times that what there is of a result is kept. */
const KEEP_MS = 2000;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Reason with which a user leaves out a job or ends the run. */
class Left extends Error {}

/** True while the page is in the background, where browsers slow pages down. */
function watchHidden(): { wasHidden(): boolean; end(): void } {
  let wasHidden = document.hidden;
  const note = () => {
    wasHidden ||= document.hidden;
  };
  document.addEventListener('visibilitychange', note);
  return {
    wasHidden: () => wasHidden,
    end: () => document.removeEventListener('visibilitychange', note),
  };
}

export class Conductor {
  private report: DeviceReport;
  private leaving = new AbortController();
  private isStopped = false;

  /**
   * @param kept run to go on with: a job that was running when it ended counts as failed
   */
  constructor(
    private readonly jobs: readonly Job[],
    kept: Kept,
    private readonly listener: Listener,
  ) {
    const { report, running, partial } = kept;
    const job = jobs.find(({ id }) => id === running);
    const error = 'the page ended or was left while this ran';
    const lost = { state: 'failed', seconds: 0, wasHidden: false, error, partial } as const;
    this.report = job ? withJob(report, { id: job.id, part: job.part, ...lost }) : report;
  }

  /** Leaves out the job that is running. */
  skip(): void {
    this.leaving.abort(new Left('left out'));
  }

  /** Ends the run; the jobs that are left are left out. */
  stop(): void {
    this.isStopped = true;
    this.leaving.abort(new Left('the run was stopped'));
  }

  /** Runs the jobs that the report has no result of, and returns the report. */
  async run(): Promise<DeviceReport> {
    for (const job of this.jobs) {
      if (this.report.jobs.some(({ id }) => id === job.id)) continue;
      const result = this.isStopped
        ? this.skipped(job, 'the run was stopped')
        : await this.resultOf(job);
      this.report = withJob(this.report, result);
      keep({ report: this.report, running: null });
      this.listener.onEnd(job, result, this.report);
    }
    this.report = { ...this.report, finishedAt: new Date().toISOString() };
    keep({ report: this.report, running: null });
    return this.report;
  }

  private skipped({ id, part }: Job, error: string): JobResult {
    return { id, part, state: 'skipped', seconds: 0, wasHidden: false, error };
  }

  private async resultOf(job: Job): Promise<JobResult> {
    if (job.fetches && location.protocol === 'file:') {
      return this.skipped(job, 'a page that was opened from a file cannot read the weights');
    }
    const results = this.report.jobs.map(({ id, result, partial }) => [id, result ?? partial]);
    const query = job.query(Object.fromEntries(results));
    if (typeof query === 'string') return this.skipped(job, query);
    this.listener.onBegin(job);
    keep({ report: this.report, running: job.id });
    const start = performance.now();
    const hidden = watchHidden();
    const earlier: string[] = [];
    let partial: unknown;
    const ended = (rest: Pick<JobResult, 'state' | 'error' | 'result' | 'partial'>): JobResult => ({
      id: job.id,
      part: job.part,
      seconds: (performance.now() - start) / 1000,
      wasHidden: hidden.wasHidden(),
      ...(earlier.length === 0 ? {} : { earlier }),
      ...rest,
    });
    try {
      for (;;) {
        this.leaving = new AbortController();
        partial = undefined;
        try {
          const result = await this.attempt(job, query, (json) => {
            partial = json;
          });
          return ended({ state: 'done', result });
        } catch (error) {
          const reason = reasonOf(error);
          if (error instanceof Left) return ended({ state: 'skipped', error: reason, partial });
          if (earlier.length + 1 === TRIES) {
            return ended({ state: 'failed', error: reason, partial });
          }
          earlier.push(reason);
        }
      }
    } finally {
      hidden.end();
    }
  }

  private attempt(
    job: Job,
    query: Readonly<Record<string, string>>,
    onPartial: (json: unknown) => void,
  ): Promise<unknown> {
    let kept = performance.now();
    return runInFrame({
      query,
      signal: this.leaving.signal,
      onProgress: (text, done) => this.listener.onProgress(job, text, done),
      onPartial: (json) => {
        onPartial(json);
        if (performance.now() - kept < KEEP_MS) return;
        kept = performance.now();
        keep({ report: this.report, running: job.id, partial: json });
      },
    });
  }
}
