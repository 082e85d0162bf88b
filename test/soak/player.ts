/** A model in a soak: its expected answers, and the judgement of its predictions. */
import { answerFault, bitsFault, errorOf } from './judge.js';
import type { Player } from './mishaps.js';
import type { CapturedModel, Moments, Subject, Values } from './product.js';
import { below, fail, type Stage } from './stage.js';
import { noteCapture, noteReplays } from './tally.js';

export interface Seated extends Player {
  readonly name: string;
  /** Answers every known input, for comparison with later answers. */
  begin(): Promise<void>;
  /** Compares all weights with the weights that were loaded first. */
  checkWeights(): Promise<void>;
  /** Predicts through a capture from now on; a model that is loaded again is captured again. */
  capture(): Promise<void>;
  /** Predicts through the capture until its recording is in use, or should be; then once more. */
  recover(): Promise<void>;
  /** Disposes of the capture, if there is one. */
  endCapture(): void;
  leave(): void;
}

/** Predictions of capture() itself, at most. */
const CAPTURE_PREDICTIONS = 6;

/** Most predictions until a recording that was given up, perhaps several times, is made anew. */
const MOST_ANEW = 12;

const noError = () => [];

/** Loads the model of a subject for use in a soak. */
export async function seat({ name, known, load }: Subject, stage: Stage): Promise<Seated> {
  const { product, tally } = stage;
  let model = await load();
  const loaded = await model.weights();
  /** First answer to each input. */
  const first: Values[][] = [];
  let draws = Infinity;
  let fast: CapturedModel | null = null;

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
      const answers = await withinTime(
        (fast ?? model).predict(known[i].input, moments),
        stage.hangMs,
      );
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

  async function beginCapture(): Promise<void> {
    fast = await withinTime(
      model.capture(known[below(stage, known.length)].input),
      CAPTURE_PREDICTIONS * stage.hangMs,
    );
    noteCapture(tally, fast.info);
  }

  function endCapture(): void {
    if (fast === null) return;
    noteReplays(tally, fast.info);
    fast.dispose();
    fast = null;
  }

  return {
    name,
    capture: beginCapture,
    endCapture,
    async recover() {
      for (let i = 0; i < MOST_ANEW && fast?.info.captured === false; i++) {
        await predict(below(stage, known.length), noError);
      }
      if (fast !== null) await predict(below(stage, known.length), noError);
    },
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
      const wasCaptured = fast !== null;
      endCapture();
      model.dispose();
      model = await load();
      if (wasCaptured) await beginCapture();
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
