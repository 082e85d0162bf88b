/** What a soak gives. */
import type { Device } from '../reporting/results.js';

/** At which moment a context goes. */
export const moments = ['idle', 'input', 'drawing', 'reading'] as const;

export type Moment = (typeof moments)[number];

export interface SoakResult {
  readonly device: Device;
  readonly nets: readonly string[];
  readonly ms: number;
  /** Right answers. */
  readonly predictions: number;
  readonly losses: Readonly<Record<Moment, number>>;
  /** Losses after which every model that was there before gave its right answers again. */
  readonly survived: number;
  /** Times that the memory limit was lowered, and that textures were refused. */
  readonly squeezes: number;
  readonly refusedTextures: number;
  /** Times that a model was disposed of and loaded again. */
  readonly reloads: number;
  /** How often a prediction ended in an error that says what happened, by its name. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Answers that differ from the reference, each in one line. */
  readonly wrong: readonly string[];
  /** What was left behind. */
  readonly leaks: readonly string[];
  /** Errors that say nothing, hangs, and models that did not come back. */
  readonly failures: readonly string[];
  /** The largest relative difference from the reference. */
  readonly worst: number;
  /** The JavaScript heap after collections, MiB: in the middle third and in the last; null if unknown. */
  readonly heap: readonly [number, number] | null;
  /** The most GPU memory that was allocated, in bytes. */
  readonly peakGpuBytes: number;
}

/** Losses that must have been survived in a soak of so many minutes. */
export const leastLosses = (minutes: number): number => Math.floor((10 * minutes) / 3);

/** What speaks against the backend, each in one line. */
export function faultsOf(result: SoakResult, minutes: number): string[] {
  const { wrong, leaks, failures, losses, survived } = result;
  const lost = Object.values(losses).reduce((a, b) => a + b, 0);
  const least = leastLosses(minutes);
  return [
    ...wrong.map((line) => `wrong answer: ${line}`),
    ...leaks.map((line) => `leak: ${line}`),
    ...failures.map((line) => `failure: ${line}`),
    ...(survived < lost ? [`${lost - survived} of ${lost} losses were not survived`] : []),
    ...(lost < least ? [`only ${lost} losses in ${minutes} minutes; it must be ${least}`] : []),
  ];
}
