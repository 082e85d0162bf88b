/** Measurements of one model on every backend. */

import { useBackend } from '../../lib/inPage/backends.js';
import type { ModelInfo } from '../../models/table.js';
import { median, worstDifferences } from '../../report/statistics.js';
import type { Missing, StartRow } from '../results.js';
import { budgetSeconds, estimateSeconds } from './budget.js';
import { type Pixels, toTensor } from './picture.js';
import { openSession, type Session } from './session.js';

export const reference = 'webgl';

/** Backend names, the reference first. */
const backends = [reference, 'tiled-webgl', 'cpu', 'tiled-cpu'];

/**
 * Milliseconds for all later rounds together. The number of rounds that fit is clamped to the
 * limits below.
 */
const roundsMs = 15_000;
const minRounds = 3;
const maxRounds = 15;

export type Say = (line: string) => Promise<void>;

export interface Measured {
  sessions: Session[];
  missing: Missing[];
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Returns why a backend would take too long, in words; undefined if it would not. */
async function tooSlow(backend: string, info: ModelInfo): Promise<string | undefined> {
  if (!backend.includes('cpu')) return undefined;
  await useBackend(backend);
  const seconds = estimateSeconds(info);
  return seconds > budgetSeconds ? `would take ~${Math.round(seconds)} s a run` : undefined;
}

/**
 * Runs the model once on each backend, then in rounds over all backends. A backend that throws is
 * reported as missing from then on; an error of the reference is rethrown.
 */
export async function measure(info: ModelInfo, picture: Pixels, say: Say): Promise<Measured> {
  const measured: Measured = { sessions: [], missing: [] };
  const { sessions, missing } = measured;
  const model = info.name;
  for (const backend of backends) {
    try {
      const slow = await tooSlow(backend, info);
      if (slow !== undefined) {
        missing.push({ model, backend, failed: false, reason: slow });
        continue;
      }
      await say(`${model} on ${backend}: first run`);
      sessions.push(await openSession(backend, info, () => toTensor(picture, info.white)));
    } catch (error) {
      if (backend === reference) throw error;
      missing.push({ model, backend, failed: true, reason: message(error) });
    }
  }
  await runRounds(model, measured, say);
  return measured;
}

async function runRounds(model: string, { sessions, missing }: Measured, say: Say) {
  const start = performance.now();
  let rounds = minRounds;
  for (let round = 1; round <= rounds; round++) {
    for (const session of [...sessions]) {
      await say(`${model} on ${session.backend}: round ${round} of ${rounds}`);
      try {
        await session.run();
      } catch (error) {
        if (session.backend === reference) throw error;
        sessions.splice(sessions.indexOf(session), 1);
        missing.push({ model, backend: session.backend, failed: true, reason: message(error) });
      }
    }
    if (round === 1) {
      const fitting = Math.floor(roundsMs / (performance.now() - start));
      rounds = Math.min(maxRounds, Math.max(minRounds, fitting));
    }
  }
}

const valuesOf = ({ outputs }: Session) => outputs.map(({ values }) => values);

/** Returns one row per session. The first session must be the reference. */
export async function makeRows(model: string, sessions: readonly Session[]): Promise<StartRow[]> {
  const [stock] = sessions;
  const stockMs = median(stock.times);
  const rows: StartRow[] = [];
  for (const session of sessions) {
    const medianMs = median(session.times);
    rows.push({
      model,
      backend: session.backend,
      firstMs: session.firstMs,
      medianMs,
      ratio: stockMs / medianMs,
      ...worstDifferences(valuesOf(session), valuesOf(stock)),
      programs: session.programs(),
      gpuBytes: await session.gpuBytes(),
      leakedTensors: session.leakedTensors(),
    });
  }
  return rows;
}
