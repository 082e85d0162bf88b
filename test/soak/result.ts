/** Result of a soak. */
import type { Device } from '../../scripts/report/page.js';
import type { MishapName } from './mishaps.js';

/** Record of a backend and its models in a soak. */
export interface Soaked {
  /** Number of right answers. */
  readonly predictions: number;
  readonly turns: number;
  /** Number of turns in which the injected fault took effect, by fault. */
  readonly struck: Readonly<Record<MishapName, number>>;
  /** Number of provoked context losses. */
  readonly losses: number;
  /** Number of losses after which every answer, weight and count was as before. */
  readonly survived: number;
  /** Number of predictions that ended in an allowed error, by the name of the error. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly captures: SoakCaptures;
  /** Answers that differ from the reference or from before, and weights that have changed. */
  readonly wrong: readonly string[];
  /** Resources that were left behind, or are missing. */
  readonly leaks: readonly string[];
  /** Unexplained errors, hangs, losses that the soak did not provoke, and fallbacks. */
  readonly failures: readonly string[];
  /** Last turns before the end, each in one line. */
  readonly events: readonly string[];
  /** Largest relative difference from the reference. */
  readonly worst: number;
  /** Trend of the JavaScript heap after collections; null if there were too few turns. */
  readonly heap: HeapTrend | null;
  /** Bytes of GPU memory at the peak of allocation. */
  readonly peakGpuBytes: number;
}

/** Counts of predictions through captures. */
export interface SoakCaptures {
  /** Number of captures that were made, and of those that used a recording at first. */
  readonly made: number;
  readonly recorded: number;
  /** Number of captures that used a recording at the end of their turn. */
  readonly atEnd: number;
  /** Number of predictions from a recording, and of eager ones through a capture. */
  readonly replays: number;
  readonly eager: number;
  /** Number of captures that used no recording at first, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Number of recordings that were given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** MiB of the heap, each the smallest sample of several turns. */
export interface HeapTrend {
  /** Smallest sample of the middle third of the turns. */
  readonly middle: number;
  /** Smallest sample of the last third of the turns. */
  readonly last: number;
  /** Growth from `middle` to `last` per lost context. */
  readonly perLoss: number;
}

export interface SoakResult extends Soaked {
  readonly device: Device;
  readonly nets: readonly string[];
  readonly ms: number;
}

/** Returns the minimum number of losses in a soak of this many minutes. */
export const leastLosses = (minutes: number): number => Math.floor((10 * minutes) / 3);

/** Returns the faults that the soak found, each in one line. */
export function faultsOf(result: SoakResult, minutes: number): string[] {
  const { wrong, leaks, failures, losses, survived, struck, captures } = result;
  const least = leastLosses(minutes);
  const missing = Object.entries(struck).flatMap(([name, count]) => (count === 0 ? [name] : []));
  return [
    ...wrong.map((line) => `wrong: ${line}`),
    ...leaks.map((line) => `leak: ${line}`),
    ...failures.map((line) => `failure: ${line}`),
    ...(survived < losses ? [`${losses - survived} of ${losses} losses were not survived`] : []),
    ...(losses < least ? [`only ${losses} losses in ${minutes} minutes; it must be ${least}`] : []),
    ...(captures.made > 0 && captures.replays === 0
      ? [`none of ${captures.made} captures was used`]
      : []),
    ...(missing.length > 0 ? [`never struck: ${missing.join(', ')}`] : []),
  ];
}
