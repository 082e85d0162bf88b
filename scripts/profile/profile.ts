/** Kernel events of several predictions, summed by kernel. */

import type { KernelEvent } from '../models/trace.js';
import { median } from '../report/statistics.js';
import type { ProfileRow } from './results.js';

const keyOf = ({ kernel, variant, ran }: KernelEvent) => `${kernel}|${variant}|${ran}`;

function timesByKey(events: readonly KernelEvent[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const event of events) {
    sums.set(keyOf(event), (sums.get(keyOf(event)) ?? 0) + (event.ms ?? 0));
  }
  return sums;
}

/**
 * Returns one row per kernel, variant and kind of program, the slowest first. Times are medians
 * over the predictions; all other fields are from the last prediction.
 * @param predictions the events of each prediction, at least one
 */
export function profileRows(predictions: readonly (readonly KernelEvent[])[]): ProfileRow[] {
  const times = predictions.map(timesByKey);
  const rows = new Map<string, ProfileRow>();
  for (const event of predictions[predictions.length - 1]) {
    const { kernel, variant, ran, conversions } = event;
    const key = keyOf(event);
    const row = rows.get(key) ?? {
      kernel,
      variant,
      ran,
      calls: 0,
      ms: median(times.map((ofOne) => ofOne.get(key) ?? 0)),
      share: 0,
      conversions: 0,
      texels: 0,
    };
    row.calls++;
    row.conversions += conversions.length;
    row.texels += conversions.reduce((sum, { texels }) => sum + texels, 0);
    rows.set(key, row);
  }
  const all = [...rows.values()].sort((a, b) => b.ms - a.ms);
  const total = all.reduce((sum, { ms }) => sum + ms, 0);
  for (const row of all) row.share = total === 0 ? 0 : row.ms / total;
  return all;
}
