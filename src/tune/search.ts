/**
 * Search that turns measurements into choices for a whole net. A choice leaves its output in the
 * variant's own tile layout, so the layers after it receive other tiles than before: the net runs
 * again until it requests nothing that was not measured. In the end, timed predictions decide
 * whether the choices are worth keeping.
 */
import { type Measured, median } from './measure.js';
import type { Choices, SeenConv } from './order.js';

/** Device operations that the search needs. */
export interface Lab {
  /** Runs the net once under some choices, and returns each distinct convolution it requested. */
  record(choices: Choices): Promise<readonly SeenConv[]>;
  measure(conv: SeenConv): Promise<Measured>;
  /** Runs the net several times under some choices, and returns the milliseconds of one run. */
  predict(choices: Choices, runs: number): Promise<number>;
}

export interface SearchOptions {
  readonly rounds: number;
  /** Called with the choices, which grow while the search continues. */
  use(choices: Choices): void;
  /** Called after each convolution with the number measured, the number known so far, and a key. */
  progress(done: number, total: number, key: string): void;
}

export interface Found {
  readonly choices: Choices;
  /** Measurements of the convolutions that are in these choices. */
  readonly measured: readonly Measured[];
  /** Speed-up of a prediction with these choices over the estimates' choices; 1 if those stay. */
  readonly gain: number;
}

/**
 * Shares of the time to move the output back that are charged to a plan: all of it if the next
 * layers need the old tile, nothing if they read the new tile directly. Nets differ, so both shares
 * are tried.
 */
const DEPART_SHARES = [1, 0];
/** Maximum number of runs of the net, per share, in which choices may lead to new convolutions. */
const PASSES = 6;
/**
 * Ratios of new to old time above which a speed-up counts as noise, for a layer and a whole net.
 */
const WORTH = { layer: 0.95, net: 0.98 };
const PREDICT_MS = 10;
const MAX_PREDICTIONS = 16;

/** Finds choices for every convolution that the net requests and `known` does not have. */
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

/** Returns the fastest variant if it is worth leaving the estimate's choice, else that choice. */
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

/** True if `other` makes the same choice as `side` for every convolution that `side` has. */
function behavesAs(side: Choices, other: Choices): boolean {
  return [...side].every(([key, variant]) => other.get(key) === variant);
}
