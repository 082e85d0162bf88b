/**
 * From measurements to choices for a whole net. A choice leaves its output in tiles of its own, so
 * the layers after it meet other tiles than before: the net is run again until it asks for nothing
 * that was not measured. In the end, predictions decide whether the choices are worth having.
 */
import { type Measured, median } from './measure.js';
import type { Choices, SeenConv } from './order.js';

/** What the search asks of the device. */
export interface Lab {
  /** Runs the net once under some choices; every distinct convolution that it asked for. */
  record(choices: Choices): Promise<readonly SeenConv[]>;
  measure(conv: SeenConv): Promise<Measured>;
  /** Runs the net several times under some choices; ms of one run. */
  predict(choices: Choices, runs: number): Promise<number>;
}

export interface SearchOptions {
  readonly rounds: number;
  /** Is given the choices that grow while the search goes on. */
  use(choices: Choices): void;
  /** After each convolution: how many are measured, of how many known so far. */
  progress(done: number, total: number, key: string): void;
}

export interface Found {
  readonly choices: Choices;
  /** What was measured and bears on these choices. */
  readonly measured: readonly Measured[];
  /** Time of a prediction with estimates / with these choices; 1 where estimates stay. */
  readonly gain: number;
}

/**
 * How much of moving the output back a plan pays for: all of it where the next layers want the
 * old tile, nothing where they read the new one as it lies. Nets differ, so both are tried.
 */
const DEPART_SHARES = [1, 0];
/** Runs of the net in which choices may still bring new convolutions about. */
const PASSES = 6;
/** What is faster by less than this is as fast: a layer, and a whole net. */
const WORTH = { layer: 0.95, net: 0.98 };
const PREDICT_MS = 10;
const MAX_PREDICTIONS = 16;

/** Choices for everything the net asks for that `known` has not. */
export async function search(
  known: Choices,
  lab: Lab,
  { rounds, use, progress }: SearchOptions,
): Promise<Found> {
  const measured = new Map<string, Measured>();
  const sides: Choices[] = [];
  let total = 0;
  for (const share of DEPART_SHARES) {
    const choices = new Map(known);
    sides.push(choices);
    if (sides.length === 1) use(choices);
    for (let pass = 0; pass < PASSES; pass++) {
      const fresh = (await lab.record(choices)).filter(({ key }) => !choices.has(key));
      if (fresh.length === 0) break;
      total += fresh.filter(({ key }) => !measured.has(key)).length;
      for (const conv of fresh) {
        let result = measured.get(conv.key);
        if (result === undefined) {
          result = await lab.measure(conv);
          measured.set(conv.key, result);
          progress(measured.size, total, conv.key);
        }
        choices.set(conv.key, bestOf(result, share));
      }
    }
  }
  if (measured.size === 0) return { choices: known, measured: [], gain: 1 };
  const estimates = new Map(known);
  for (const { key, before } of measured.values()) estimates.set(key, before);
  const { choices, gain } = await fastest(estimates, sides, lab, rounds);
  return { choices, gain, measured: [...measured.values()].filter(({ key }) => choices.has(key)) };
}

/** The variant with the least time, if it is worth leaving what the estimate chose. */
export function bestOf({ before, plans }: Measured, departShare: number): string {
  const total = (plan: (typeof plans)[number]) =>
    plan.kernel + plan.arrive + departShare * plan.depart;
  const old = plans.find(({ variant }) => variant === before);
  const limit = old === undefined ? Number.POSITIVE_INFINITY : WORTH.layer * total(old);
  const better = plans.filter((plan) => total(plan) < limit);
  return (
    better.reduce<(typeof plans)[number] | null>(
      (a, b) => (a === null || total(b) < total(a) ? b : a),
      null,
    )?.variant ?? before
  );
}

async function fastest(
  estimates: Choices,
  others: readonly Choices[],
  lab: Lab,
  rounds: number,
): Promise<{ choices: Choices; gain: number }> {
  const sides = [estimates];
  for (const side of others) {
    if (!sides.some((known) => behavesAs(side, known))) sides.push(side);
  }
  if (sides.length === 1) return { choices: estimates, gain: 1 };
  let once = 0;
  for (const side of sides) {
    await lab.predict(side, 1);
    once = await lab.predict(side, 1);
  }
  const runs = Math.min(MAX_PREDICTIONS, Math.ceil(PREDICT_MS / Math.max(once, 0.1)));
  const samples = sides.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) samples[i].push(await lab.predict(side, runs));
  }
  const times = samples.map(median);
  const best = times.indexOf(Math.min(...times));
  return times[best] < WORTH.net * times[0]
    ? { choices: sides[best], gain: times[0] / times[best] }
    : { choices: estimates, gain: 1 };
}

/** Whether a net that asks for what `side` has gets the same from `other`. */
function behavesAs(side: Choices, other: Choices): boolean {
  return [...side].every(([key, variant]) => other.get(key) === variant);
}
