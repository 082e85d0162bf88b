/** Captured predictions of a fuzz case, each judged by the oracle and by the bits of an eager one. */
import * as tf from '@tensorflow/tfjs-core';
import type { Captured, CaptureInfo } from '../../src/base.js';
import type { NumbersType, StoredPrecision } from '../../src/validator/index.js';
import { useBackend } from '../../src/validator/runCase.js';
import { changesSince, stateOf } from '../../src/validator/state.js';
import type { Answer } from './attempt.js';
import { Captive } from './captive.js';
import type { Engine } from './engine.js';
import type { FuzzCase, Mishap } from './fuzzCase.js';
import { checkStages } from './stages.js';
import { inState } from './states.js';
import { since } from './watch.js';
import { messageOf, Wrong } from './wrong.js';

/** Report of a case's captured predictions. */
export type Replays = Pick<CaptureInfo, 'captured' | 'reason' | 'replays' | 'eager' | 'dropped'>;

type Fast = Captured<tf.Tensor, tf.Tensor[]>;

/** Most predictions in which a recording that was given up is made anew. */
const MOST_ANEW = 8;

type Values = readonly { readonly bytes: Uint8Array; readonly answer: Answer; type: string }[];

async function valuesOf(tensors: readonly tf.Tensor[], how: FuzzCase['read']): Promise<Values> {
  const all = [];
  for (const y of tensors) {
    const values = (how === 'data' ? await y.data() : y.dataSync()).slice();
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const dtype = y.dtype as NumbersType;
    const answer = { values: new Float32Array(values), shape: y.shape, dtype };
    all.push({ bytes, answer, type: `${y.dtype} [${y.shape}]` });
  }
  return all;
}

/** Requires the bits of an eager prediction, but of NaN any, because devices do not define them. */
function checkBits(again: Values, eager: Values): void {
  for (const [i, { bytes, type, answer }] of again.entries()) {
    const right = eager[i];
    if (type !== right.type) throw new Wrong(`output ${i} is ${type}, and eagerly ${right.type}`);
    const { values } = answer;
    const size = bytes.length / values.length;
    for (const [place, value] of values.entries()) {
      if (Number.isNaN(value) && Number.isNaN(right.answer.values[place])) continue;
      const at = place * size;
      const isSame = bytes.subarray(at, at + size).every((b, k) => b === right.bytes[at + k]);
      if (isSame) continue;
      const expected = right.answer.values[place];
      throw new Wrong(`output ${i} has ${value} at ${place}, and ${expected} eagerly`);
    }
  }
}

class Replaying {
  private number = 0;

  constructor(
    private readonly captive: Captive,
    private readonly c: FuzzCase,
    private readonly fast: Fast,
  ) {}

  /** Makes predictions of two inputs before either is read, and judges both. */
  async pair(): Promise<void> {
    const { captive, fast } = this;
    const seeds = [this.nextSeed(), this.nextSeed()];
    const xs: tf.Tensor[] = [];
    const [eager, again]: tf.Tensor[][][] = [[], []];
    try {
      for (const seed of seeds) xs.push(captive.inputOf(seed));
      eager[0] = captive.predict(xs[0]);
      again[0] = fast.predict(xs[0]);
      again[1] = fast.predict(xs[1]);
      eager[1] = captive.predict(xs[1]);
      tf.dispose(xs);
      for (const i of [1, 0]) await this.judge(again[i], eager[i], seeds[i]);
    } finally {
      tf.dispose([xs, eager, again] as tf.TensorContainer);
    }
  }

  /** Predicts in a tidy, which must dispose of what is not returned. */
  async tidied(): Promise<void> {
    const { captive, fast } = this;
    const seed = this.nextSeed();
    const kept = tf.tidy(() => {
      const x = captive.inputOf(seed);
      fast.predict(x);
      return { again: fast.predict(x), eager: captive.predict(x) };
    });
    try {
      await this.judge(kept.again, kept.eager, seed);
    } finally {
      tf.dispose(kept);
    }
  }

  /** Predicts until there is a recording again, or for so long that there should be one. */
  async recover(): Promise<void> {
    const { captive, fast } = this;
    for (let i = 0; i < MOST_ANEW && !fast.info.captured; i++) {
      const seed = this.nextSeed();
      const x = captive.inputOf(seed);
      const outputs: tf.Tensor[][] = [];
      try {
        outputs.push(fast.predict(x), captive.predict(x));
        await this.judge(outputs[0], outputs[1], seed);
        await checked(fast);
      } finally {
        tf.dispose([x, outputs] as tf.TensorContainer);
      }
    }
  }

  private nextSeed(): number {
    return this.c.conv.seed + ++this.number;
  }

  private async judge(again: tf.Tensor[], eager: tf.Tensor[], seed: number): Promise<void> {
    const values = await valuesOf(again, this.c.read);
    checkBits(values, await valuesOf(eager, this.c.read));
    const truths = this.captive.truths(seed);
    if (truths === null) return;
    const skipped = truths.length - values.length;
    const answers = truths.map((_, i) => values[i - skipped]?.answer ?? null);
    checkStages(truths, answers, '');
  }
}

/** Makes an event happen, and returns a function that ends it. */
function befall(
  { what, stage }: Mishap,
  c: FuzzCase,
  captive: Captive,
  { force, capturing }: Engine,
): (() => void) | undefined {
  switch (what) {
    case 'reweigh':
      captive.reweigh(stage);
      return undefined;
    case 'assign':
      captive.assign(stage);
      return undefined;
    case 'elsewhere':
      captive.moveInputs();
      return undefined;
    case 'trim':
      capturing?.trim();
      return undefined;
    case 'limit':
      if (c.state === 'limit') return undefined;
      tf.env().set('TILED_GPU_BYTES_LIMIT', 0);
      return () => tf.env().set('TILED_GPU_BYTES_LIMIT', -1);
    case 'variant': {
      const { variant } = c;
      if (variant === undefined) return undefined;
      force(null);
      return () => force(variant);
    }
    case 'lose':
      capturing?.lose();
      // Values that are only on the GPU are lost for the caller as well.
      if (captive.isComputed) captive.hold();
      return undefined;
    default:
      return undefined;
  }
}

async function predictAll(c: FuzzCase, captive: Captive, fast: Fast, engine: Engine) {
  const replaying = new Replaying(captive, c, fast);
  await replaying.pair();
  for (const [i, mishap] of (c.captured ?? []).entries()) {
    const end = befall(mishap, c, captive, engine);
    try {
      const where = `after ${mishap.what}, event ${i}: `;
      await located(where, () => (mishap.what === 'tidy' ? replaying.tidied() : replaying.pair()));
      await located(`${where}anew: `, () => replaying.recover());
      await located(`${where}again: `, () => replaying.pair());
    } finally {
      end?.();
    }
  }
}

async function located(where: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new Wrong(where + (error instanceof Wrong ? error.message : messageOf(error)));
  }
}

/** Captures a case that runs eagerly without an error, and predicts through the capture. */
async function replaysOnce(c: FuzzCase, captive: Captive, engine: Engine): Promise<Replays> {
  const { capturing } = engine;
  if (capturing === undefined) throw new Error('the engine captures nothing');
  const x = captive.inputOf(c.conv.seed);
  let fast: Fast;
  try {
    fast = await capturing.capture(captive.predict, x);
  } finally {
    x.dispose();
  }
  const { captured, reason } = fast.info;
  try {
    await predictAll(c, captive, fast, engine);
    const { replays, eager, dropped } = fast.info;
    if (captured && replays === 0) throw new Wrong('a recording that was never used');
    return { captured, reason, replays, eager, dropped };
  } finally {
    fast.dispose();
    // A recording that is being checked holds its prediction until it has been read.
    await checked(fast);
  }
}

/** Waits until the recording that is being checked, if any, has been. */
async function checked(fast: Fast): Promise<void> {
  await (fast as { checking?: Promise<void> }).checking;
}

/**
 * Judges the captured predictions of a case that runs eagerly without an error.
 * @param how.known precision of the backend if the oracle knows the chain, else null
 * @param how.keeps true if all results of the chain are read
 * @throws Wrong
 */
export async function judgeReplays(
  c: FuzzCase,
  engine: Engine,
  backend: string,
  how: {
    readonly known: StoredPrecision | null;
    readonly keeps: boolean;
    readonly variant: string | null;
  },
): Promise<Replays> {
  await useBackend(backend);
  const work = engine.record();
  const before = stateOf();
  const areVariables = c.captured?.some(({ what }) => what === 'assign') === true;
  const captive = new Captive(c, how.known, how.keeps, areVariables);
  let replays: Replays | null = null;
  engine.force(how.variant);
  try {
    await located('captured: ', () =>
      inState(c.state, async () => {
        captive.hold();
        const { variant } = how;
        replays = await replaysOnce({ ...c, variant: variant ?? undefined }, captive, engine);
      }),
    );
  } finally {
    captive.dispose();
    engine.force(null);
  }
  const left = changesSince(before);
  if (left !== null) throw new Wrong(`captured: leaves ${left} behind`);
  const [step] = since(work, engine.record()).steps;
  if (step !== undefined) {
    throw new Wrong(`captured: a step down: ${step.kernel} to ${step.to}: ${step.reason}`);
  }
  return replays as unknown as Replays;
}
