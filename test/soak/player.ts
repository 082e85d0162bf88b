/** A model in a soak: its expected answers, and the judgement of its predictions. */
import { answerFault, bitsFault, errorOf } from './judge.js';
import type { Player } from './mishaps.js';
import type { Moments, Subject, Values } from './product.js';
import { below, fail, type Stage } from './stage.js';

export interface Seated extends Player {
  readonly name: string;
  /** Answers every known input, for comparison with later answers. */
  begin(): Promise<void>;
  /** Compares all weights with the weights that were loaded first. */
  checkWeights(): Promise<void>;
  leave(): void;
}

const noError = () => [];

/** Loads the model of a subject for use in a soak. */
export async function seat({ name, known, load }: Subject, stage: Stage): Promise<Seated> {
  const { product, tally } = stage;
  let model = await load();
  const loaded = await model.weights();
  /** First answer to each input. */
  const first: Values[][] = [];
  let draws = Infinity;

  function judge(answers: Values[], i: number): void {
    const error = errorOf(answers, known[i].outputs);
    const isExact = first[i] !== undefined && !stage.hasStepped();
    const fault = answerFault(error) ?? (isExact ? bitsFault(answers, first[i]) : null);
    if (fault !== null) {
      tally.wrong.push(`${stage.when}: ${name}: ${fault}`);
      return;
    }
    tally.predictions++;
    tally.worst = Math.max(tally.worst, error);
  }

  async function predict(i: number, may: () => readonly string[], moments: Moments = {}) {
    try {
      const answers = await withinTime(model.predict(known[i].input, moments), stage.hangMs);
      judge(answers, i);
      return answers;
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (may().includes(kind)) {
        stage.notes.push(`${name}: ${kind}`);
        tally.refusals[kind] = (tally.refusals[kind] ?? 0) + 1;
      } else fail(stage, `${name}: ${kind}: ${message}`);
      return null;
    }
  }

  return {
    name,
    get draws() {
      return draws;
    },
    async predict(may = noError, moments) {
      const before = product.draws();
      const answers = await predict(below(stage, known.length), may, moments);
      if (answers !== null) draws = Math.max(1, Math.min(draws, product.draws() - before));
    },
    async begin() {
      for (const i of known.keys()) {
        const answers = await predict(i, noError);
        if (answers !== null) first[i] = answers;
      }
    },
    async reload() {
      model.dispose();
      model = await load();
    },
    async checkWeights() {
      const fault = bitsFault(await model.weights(), loaded);
      if (fault !== null) tally.wrong.push(`${stage.when}: weights of ${name}: ${fault}`);
    },
    leave: () => model.dispose(),
  };
}

/**
 * Awaits a promise, with a time limit that is long enough for any prediction.
 * @throws Error if the promise is still pending after `ms` milliseconds
 */
function withinTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end in ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, hang]).finally(() => clearTimeout(timer));
}
