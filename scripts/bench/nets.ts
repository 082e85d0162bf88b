/** What `npm run bench -- --suite models` makes of its pages' figures. */
import type {
  Device,
  NetBenchResult,
  NetFailure,
  NetRow,
  NetSummary,
} from '../reporting/results.js';
import { tolerance } from '../reporting/results.js';
import { geometricMean, median, percentile } from '../reporting/statistics.js';
import { small } from '../reporting/table.js';
import { ratioSummary } from './summary.js';

/** Of one backend, as a page gives it. */
export interface NetTimes
  extends Omit<
    NetRow,
    'net' | 'medianMs' | 'p90Ms' | 'ratio' | 'firstToReference' | 'gpuToReference'
  > {
  /** Of the timed predictions, in ms. */
  times: number[];
}

export interface NetPageResult {
  device: Device;
  /** The reference first. */
  rows: NetTimes[];
  failures: NetFailure[];
}

/**
 * The rows of a net, the reference first.
 * @param firsts each backend's first prediction on a page of its own
 * @param timed those of the page that all of them shared
 */
export function netRows(
  net: string,
  firsts: readonly NetTimes[],
  timed: readonly NetTimes[],
): NetRow[] {
  const rows = timed.flatMap(({ times, ...row }): NetRow[] => {
    const first = firsts.find(({ backend }) => backend === row.backend);
    if (first === undefined) return [];
    return [
      {
        ...row,
        net,
        firstMs: first.firstMs,
        warmUpMs: first.warmUpMs,
        programs: first.programs,
        peakGpuBytes: Math.max(first.peakGpuBytes, row.peakGpuBytes),
        medianMs: median(times),
        p90Ms: percentile(times, 0.9),
        ratio: 1,
        firstToReference: 1,
        gpuToReference: null,
      },
    ];
  });
  const [reference] = rows;
  return rows.map((row) => ({
    ...row,
    ratio: reference.medianMs / row.medianMs,
    firstToReference: row.firstMs / reference.firstMs,
    gpuToReference:
      row.peakGpuBytes > 0 && reference.peakGpuBytes > 0
        ? row.peakGpuBytes / reference.peakGpuBytes
        : null,
  }));
}

const meanOf = (values: readonly number[]) => (values.length === 0 ? null : geometricMean(values));

export function netSummary(rows: readonly NetRow[]): NetSummary {
  return {
    ratio: ratioSummary(rows.map((row) => ({ id: row.net, ratio: row.ratio, ok: true }))),
    firstToReference: meanOf(rows.map((row) => row.firstToReference)),
    gpuToReference: meanOf(rows.flatMap((row) => row.gpuToReference ?? [])),
  };
}

/** A summary for each backend but the reference. */
export function netSummaries(
  rows: readonly NetRow[],
  reference: string,
): Record<string, NetSummary> {
  const names = [...new Set(rows.map(({ backend }) => backend))];
  return Object.fromEntries(
    names
      .filter((name) => name !== reference)
      .map((name) => [name, netSummary(rows.filter(({ backend }) => backend === name))]),
  );
}

/** One line for each thing that is wrong with the backend that is timed, or that did not run. */
export function netFaults({ rows, failures, backend }: NetBenchResult): string[] {
  const faults = failures.map(({ net, backend: name, reason }) => `${net} on ${name}: ${reason}`);
  for (const { net, maxRel, repeats, grown } of rows.filter((row) => row.backend === backend)) {
    if (maxRel === null || maxRel > tolerance) {
      faults.push(
        `${net}: outputs differ by ${small(maxRel)} relative, more than ${tolerance.toString()}`,
      );
    }
    if (!repeats)
      faults.push(`${net}: the second, the hundredth or the last prediction is not the first`);
    const { tensors, bytes, gpuBytes, textures } = grown;
    if (tensors !== 0 || bytes !== 0 || gpuBytes > 0 || textures > 0) {
      faults.push(
        `${net}: grown by ${tensors} tensors, ${bytes} bytes, ${gpuBytes} GPU bytes, ${textures} textures`,
      );
    }
  }
  return faults;
}
