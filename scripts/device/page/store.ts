/** Report of the run so far, kept by the browser, so that a tab that ends loses nothing. */
import { type DeviceReport, isReport } from '../results.js';

/** Run that is kept: its report, and the job that was running. */
export interface Kept {
  readonly report: DeviceReport;
  readonly running: string | null;
  /** Result of the running job as far as it has come. */
  readonly partial?: unknown;
}

const KEY = 'tiled-device-report';

/** Returns the run that is kept; null if there is none, or if the browser keeps nothing. */
export function readKept(): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Kept | null;
    return isReport(kept?.report) ? kept : null;
  } catch {
    return null;
  }
}

/** Keeps a run instead of the one before; a browser that keeps nothing only loses this safeguard. */
export function keep(run: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(run));
  } catch (error) {
    console.warn(`the run is not kept: ${(error as Error).message}`);
  }
}
