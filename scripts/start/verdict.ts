/** Faults of a run of the main job. */

import { agrees, tolerance } from '../report/statistics.js';
import { small } from '../report/table.js';
import type { ModelRun } from './results.js';

/**
 * Returns one line per fault of a tiled backend, or of any backend that threw; empty if there is
 * none.
 */
export function faultsOf({ rows, missing }: Pick<ModelRun, 'rows' | 'missing'>): string[] {
  const faults = missing
    .filter(({ failed }) => failed)
    .map(({ model, backend, reason }) => `${model} failed on ${backend}: ${reason}`);
  for (const row of rows.filter(({ backend }) => backend.startsWith('tiled'))) {
    const { model, backend, leakedTensors, maxRel } = row;
    if (!agrees(row, tolerance)) {
      faults.push(
        `${model} on ${backend} differs from stock webgl by ${small(maxRel)} relative, more than ${tolerance}`,
      );
    }
    if (leakedTensors !== 0) faults.push(`${model} on ${backend} leaked ${leakedTensors} tensors`);
  }
  return faults;
}
