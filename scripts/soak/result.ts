/** What a soak gives. */
import type { Device } from '../reporting/results.js';
import type { MishapName } from './mishaps.js';

/** What a backend and its models did in a soak. */
export interface Soaked {
  /** Right answers. */
  readonly predictions: number;
  readonly turns: number;
  /** Turns whose mishap struck. */
  readonly struck: Readonly<Record<MishapName, number>>;
  /** Contexts that were taken away. */
  readonly losses: number;
  /** Those after which every answer, weight and count was what it had been. */
  readonly survived: number;
  /** How often a prediction ended in an error that says what happened, by its name. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Answers that differ from the reference or from before, and weights from those loaded. */
  readonly wrong: readonly string[];
  /** What was left behind, or is missing. */
  readonly leaks: readonly string[];
  /** Errors that nothing explains, hangs, losses that nobody provoked, steps down the ladder. */
  readonly failures: readonly string[];
  /** The last turns before the end, each in one line. */
  readonly events: readonly string[];
  /** The largest relative difference from the reference. */
  readonly worst: number;
  /** Of the JavaScript heap after collections; null where there were too few turns to say. */
  readonly heap: HeapTrend | null;
  /** The most GPU memory that was allocated, in bytes. */
  readonly peakGpuBytes: number;
}

/** MiB, the least of some turns. */
export interface HeapTrend {
  /** Of the turns' middle third. */
  readonly middle: number;
  /** Of their last third. */
  readonly last: number;
  /** By which it grew from the one to the other for each context that was lost. */
  readonly perLoss: number;
}

export interface SoakResult extends Soaked {
  readonly device: Device;
  readonly nets: readonly string[];
  readonly ms: number;
}

/** Losses that must have been survived in a soak of so many minutes. */
export const leastLosses = (minutes: number): number => Math.floor((10 * minutes) / 3);

/** What speaks against the backend, each in one line. */
export function faultsOf(result: SoakResult, minutes: number): string[] {
  const { wrong, leaks, failures, losses, survived, struck } = result;
  const least = leastLosses(minutes);
  const missing = Object.entries(struck).flatMap(([name, count]) => (count === 0 ? [name] : []));
  return [
    ...wrong.map((line) => `wrong: ${line}`),
    ...leaks.map((line) => `leak: ${line}`),
    ...failures.map((line) => `failure: ${line}`),
    ...(survived < losses ? [`${losses - survived} of ${losses} losses were not survived`] : []),
    ...(losses < least ? [`only ${losses} losses in ${minutes} minutes; it must be ${least}`] : []),
    ...(missing.length > 0 ? [`never struck: ${missing.join(', ')}`] : []),
  ];
}
