/** Rows and summaries of `npm run bench -- --suite host`, from its pages' samples. */
import type { Device } from '../../report/page.js';
import { geometricMean, median } from '../../report/statistics.js';
import type { HostRow, HostSummary } from '../results.js';
import { capturedBackend } from '../sides.js';

export interface HostSample {
  ms: number;
  /** Milliseconds with the reads, and so with the device's work. */
  whole: number;
  allocated: number | null;
  /** WebGL calls by name; empty if they were not counted. */
  calls: Record<string, number>;
}

export interface HostPageResult {
  device: Device;
  /** Samples by backend, the reference first. */
  sides: { backend: string; samples: HostSample[] }[];
}

const isDraw = (name: string) => name.startsWith('draw') && name !== 'drawBuffers';

function callsOf({ calls }: HostSample) {
  const sorted = Object.entries(calls).sort((a, b) => b[1] - a[1]);
  const total = (entries: typeof sorted) => entries.reduce((sum, [, count]) => sum + count, 0);
  return {
    byName: Object.fromEntries(sorted),
    calls: total(sorted),
    draws: total(sorted.filter(([name]) => isDraw(name))),
  };
}

/** Returns the median, over the rounds, of a side's whole time in parts of the eager side's. */
function wholeToEager(side: HostPageResult['sides'][number], timed: HostPageResult): number | null {
  const name = capturedBackend(side.backend);
  const eager = timed.sides.find(({ backend }) => backend === name);
  if (eager === undefined) return null;
  return median(side.samples.map(({ whole }, i) => whole / eager.samples[i].whole));
}

const part = (value: number | null, of: number | null) =>
  value === null || of === null || of === 0 ? null : value / of;

/**
 * Returns the rows of a net, the reference first.
 * @param timed the page that took times
 * @param counted the page that counted calls; its last sample of each backend counts
 */
export function hostRows(net: string, timed: HostPageResult, counted: HostPageResult): HostRow[] {
  const rows = timed.sides.map((side) => {
    const { backend, samples } = side;
    const times = samples.map(({ ms }) => ms);
    const grown = samples.flatMap(({ allocated }) => allocated ?? []);
    const other = counted.sides.find((side) => side.backend === backend);
    return {
      net,
      backend,
      ms: median(times),
      leastMs: Math.min(...times),
      wholeMs: median(samples.map(({ whole }) => whole)),
      wholeToEager: wholeToEager(side, timed),
      ...callsOf(other?.samples.at(-1) ?? { ms: 0, whole: 0, allocated: null, calls: {} }),
      allocated: grown.length === 0 ? null : median(grown),
    };
  });
  const [reference] = rows;
  return rows.map((row) => ({
    ...row,
    msToReference: row.ms / reference.ms,
    callsToReference: part(row.calls, reference.calls),
    allocatedToReference: part(row.allocated, reference.allocated),
  }));
}

const meanOf = (values: readonly number[]) =>
  values.length === 0 ? null : geometricMean(values.map((value) => Math.max(value, 1e-9)));

function summaryOf(rows: readonly HostRow[]): HostSummary {
  const worst = rows.reduce<HostRow | null>(
    (a, b) => (a === null || b.msToReference > a.msToReference ? b : a),
    null,
  );
  const whole = rows.flatMap(({ wholeToEager }) => wholeToEager ?? []);
  return {
    count: rows.length,
    whole: meanOf(whole),
    worstWhole: whole.length === 0 ? null : Math.max(...whole),
    ms: meanOf(rows.map(({ msToReference }) => msToReference)),
    worstMs: worst?.msToReference ?? null,
    worstNet: worst?.net ?? null,
    calls: meanOf(rows.flatMap(({ callsToReference }) => callsToReference ?? [])),
    allocated: meanOf(rows.flatMap(({ allocatedToReference }) => allocatedToReference ?? [])),
  };
}

/** Returns a summary for each backend except the reference. */
export function hostSummaries(
  rows: readonly HostRow[],
  reference: string,
): Record<string, HostSummary> {
  const names = [...new Set(rows.map(({ backend }) => backend))];
  return Object.fromEntries(
    names
      .filter((name) => name !== reference)
      .map((name) => [name, summaryOf(rows.filter(({ backend }) => backend === name))]),
  );
}
