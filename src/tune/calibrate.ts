/** Measurement of what a device charges, in idle moments and in small pieces. */
import { chargeNames, type Measured } from '../../kernels/webgl/calibrated.js';

/** Engine operations that a calibration needs. */
export interface ProbeBench {
  /** Number of times that work with one turn is done, and number of draws of one idle round. */
  amount(probe: Probe): number;
  /** Draws work of so many turns, or so many idle rounds. */
  draw(probe: Probe, turns: number): void;
  /**
   * Returns the milliseconds that `draws` takes on the device; for idle rounds, on host and device.
   */
  time(probe: Probe, draws: () => void): Promise<number>;
  /** Waits for an idle moment; throws if there is no point in continuing. */
  pause(): Promise<void>;
}

/** A probe is named after the charge that it measures. */
export type Probe = keyof Measured;

/** Milliseconds that a sample lasts at least, unless it does not get there. */
const SAMPLE_MS = 3;
/** Maximum milliseconds of all samples. */
const BUDGET_MS = 100;
const FEWEST_TURNS = 4;
const MOST_TURNS = 1 << 16;
const ROUNDS = 2;

/** Error of a device that is too slow, or whose clock is too coarse, to be measured in the time allowed. */
export class Unmeasurable extends Error {
  override name = 'Unmeasurable';
}

/**
 * Measures the device. The cost of a unit of work is the slope between a long and a short sample, in
 * which all that both have in common cancels out: fragments, targets, the wait at the end.
 * @throws Unmeasurable; what `bench.pause` throws
 */
export async function calibrate(bench: ProbeBench): Promise<Measured> {
  let spent = 0;
  const sample = async (probe: Probe, turns: number): Promise<number> => {
    await bench.pause();
    const ms = await bench.time(probe, () => bench.draw(probe, turns));
    spent += ms;
    if (spent > BUDGET_MS) throw new Unmeasurable(`${probe} would take too long to measure`);
    return ms;
  };
  const nanoseconds = async (probe: Probe): Promise<number> => {
    await bench.pause();
    // Compiles the program.
    bench.draw(probe, 1);
    let turns = FEWEST_TURNS;
    let long = await sample(probe, turns);
    while (long < SAMPLE_MS && turns < MOST_TURNS) {
      turns *= long < SAMPLE_MS / 4 ? 4 : 2;
      long = await sample(probe, turns);
    }
    let short = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      short = Math.min(short, await sample(probe, turns / 4));
      long = Math.min(long, await sample(probe, turns));
    }
    if (long <= short) throw new Unmeasurable(`${probe}: four times the work takes no longer`);
    return (1e6 * (long - short)) / (0.75 * turns * bench.amount(probe));
  };
  const found: Partial<Record<Probe, number>> = {};
  for (const probe of chargeNames) found[probe] = await nanoseconds(probe);
  return found as Record<Probe, number>;
}
