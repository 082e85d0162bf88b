/** Rows, summaries and faults of the suites of whole nets, from their pages' figures. */
import type { Device } from '../../report/page.js';
import { geometricMean, median, percentile, tolerance } from '../../report/statistics.js';
import { small } from '../../report/table.js';
import type { NetBenchResult, NetFailure, NetRow, NetSummary } from '../results.js';
import { ratioSummary } from './summary.js';

/** Figures of one backend, as a page reports them. */
export interface NetTimes
  extends Omit<
    NetRow,
    'net' | 'reference' | 'medianMs' | 'p90Ms' | 'ratio' | 'firstToReference' | 'gpuToReference'
  > {
  /** Milliseconds of each timed prediction. */
  times: number[];
}

export interface NetPageResult {
  device: Device;
  /** Rows of all backends, the reference first. */
  rows: NetTimes[];
  failures: NetFailure[];
}

/**
 * Returns the rows of a net, the reference first.
 * @param firsts each backend's first prediction, on a separate page
 * @param timed each backend's figures from the shared page
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
        reference: timed[0].backend,
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

/** Returns a summary for each backend except the reference, over the nets that the reference runs. */
export function netSummaries(
  rows: readonly NetRow[],
  reference: string,
): Record<string, NetSummary> {
  const compared = rows.filter((row) => row.reference === reference);
  const names = [...new Set(compared.map(({ backend }) => backend))];
  return Object.fromEntries(
    names
      .filter((name) => name !== reference)
      .map((name) => [name, netSummary(compared.filter(({ backend }) => backend === name))]),
  );
}

/** Returns one line for each fault of the timed backend, and for each failure to run. */
export function netFaults({ suite, rows, failures, backend }: NetBenchResult): string[] {
  const differing = suite === 'training' ? 'the loss differs' : 'outputs differ';
  const faults = failures.map(({ net, backend: name, reason }) => `${net} on ${name}: ${reason}`);
  for (const { net, maxRel, repeats, grown } of rows.filter((row) => row.backend === backend)) {
    if (maxRel === null || maxRel > tolerance) {
      faults.push(
        `${net}: ${differing} by ${small(maxRel)} relative, more than ${tolerance.toString()}`,
      );
    }
    if (repeats === false)
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
