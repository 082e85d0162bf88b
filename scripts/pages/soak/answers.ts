/** Predictions, tried again after a loss until there is an answer, which is compared. */
import type { Stream } from '../../../src/validator/index.js';
import type { LoadedModel } from '../../models/load.js';
import { type Moment, moments } from '../../soak/result.js';
import { gpuBytes } from '../models/contestant.js';
import { atDraw, loseContext } from './mishaps.js';
import { errorOf, isWrong, predict, type Subject } from './residents.js';
import { lossesOf, type Tally } from './tally.js';

export interface Resident {
  readonly subject: Subject;
  model: LoadedModel;
  /** Draws of its last prediction without a loss, one of which may be the last of a context. */
  draws: number;
}

/** How often a prediction is tried in all, where errors say what happened. */
const TRIES = 4;
const HANG_MS = 120_000;

/** ms until the browser gives a context back, at most, where it does. */
const RESTORED_WITHIN = 300;

/** Errors that say what happened, so that a page can try again. */
const clear = ['ContextLostError', 'TensorLostError', 'OutOfMemory'];

/** @throws Error after a time in which every prediction ends */
function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end in ${HANG_MS / 1000} s`)), HANG_MS);
  });
  return Promise.race([promise, hang]).finally(() => clearTimeout(timer));
}

/** @param next what decides what happens when */
export function makeAnswers(tally: Tally, next: Stream) {
  const below = (count: number) => Math.floor(next() * count);

  function lose(moment: Moment): void {
    loseContext(below(2) === 0 ? below(RESTORED_WITHIN) : null);
    tally.losses[moment]++;
  }

  async function attempt(resident: Resident, at: Moment | null, when: string): Promise<void> {
    const { subject, model } = resident;
    const known = subject.pool[below(subject.pool.length)];
    if (at === 'idle') lose(at);
    const last = at === 'drawing' ? 1 + below(resident.draws) : 0;
    const draws = atDraw(last, () => lose('drawing'));
    try {
      const answers = await withinTime(
        predict(model, subject.net, known.input, {
          input: () => at === 'input' && lose(at),
          reading: () => at === 'reading' && lose(at),
        }),
      );
      const error = errorOf(answers, known);
      if (isWrong(error)) tally.wrong.push(`${subject.net.name} ${when} is ${error} off`);
      else tally.worst = Math.max(tally.worst, error);
    } finally {
      const count = draws.end();
      if (at === null) resident.draws = Math.max(1, count);
    }
    tally.predictions++;
    tally.peakGpuBytes = Math.max(tally.peakGpuBytes, gpuBytes());
  }

  /**
   * Predicts until there is an answer; false where there is none.
   * @param when what is going on, for a report
   * @param at when the context goes, if it does
   */
  async function answered(
    resident: Resident,
    when: string,
    at: Moment | null = null,
  ): Promise<boolean> {
    const what = `${resident.subject.net.name} ${when}`;
    for (let i = 0; i < TRIES; i++) {
      try {
        await attempt(resident, i === 0 ? at : null, when);
        return true;
      } catch (error) {
        const { name, message } = error as Error;
        if (!clear.includes(name)) {
          tally.failures.push(`${what}: ${name}: ${message}`);
          return false;
        }
        tally.refusals[name] = (tally.refusals[name] ?? 0) + 1;
      }
    }
    tally.failures.push(`${what}: no answer in ${TRIES} tries`);
    return false;
  }

  /**
   * Loses the context, and perhaps the next one too; then every model answers again, with the
   * weights that it had.
   */
  async function survive(resident: Resident, all: readonly Resident[]): Promise<void> {
    const [lost, wrong] = [lossesOf(tally), tally.wrong.length];
    const losing = () => {
      const at = moments[below(moments.length)];
      return answered(resident, `with the context lost (${at})`, at);
    };
    let isWell = await losing();
    if (below(4) === 0) isWell &&= await losing();
    for (const one of all) isWell &&= await answered(one, 'after a loss');
    if (isWell && tally.wrong.length === wrong) tally.survived += lossesOf(tally) - lost;
  }

  return { answered, survive, below };
}
