/** Sentences about what `tiled` chooses on the device, and how fast that is there. */
import { ratio } from '../report/table.js';
import type { ModelRun } from './results.js';

/** Name of the backend whose engine `tiled` chose. */
export function chosenBackend([{ choice }]: readonly ModelRun[]): string {
  return `tiled-${choice.engine}`;
}

/**
 * Returns the choice in one sentence, with its speed beside stock webgl on each model that it ran.
 * @param runs at least one
 */
export function choiceText(runs: readonly ModelRun[]): string {
  const backend = chosenBackend(runs);
  const ran = runs.flatMap(({ rows, view: { model } }) =>
    rows
      .filter((row) => row.backend === backend)
      .map((row) => ({ model, times: ratio(row.ratio) })),
  );
  const speeds = ran.map(
    ({ model, times }, i) => `, ${times}${i === 0 ? ' as fast as stock webgl' : ''} on ${model}`,
  );
  return `Here tiled chooses ${backend}${speeds.join('')}.`;
}

/** Returns the reason of the choice. */
export function reasonText([{ choice }]: readonly ModelRun[]): string {
  return `The reason: ${choice.reason}.`;
}
