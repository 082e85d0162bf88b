/** Checks of an engine's work in a case: the number of runs by variant, and no fallback. */
import type { Attempt } from './attempt.js';
import type { Engine, EngineRecord } from './engine.js';
import { Wrong } from './wrong.js';

export interface Watched {
  readonly ours: Attempt;
  /** Runs and fallbacks of the engine; null if there is no engine to report them. */
  readonly work: EngineRecord | null;
}

/** Runs something on an engine, and returns the outcome with the engine's record of it. */
export async function watched(
  engine: Engine | undefined,
  run: () => Promise<Attempt>,
): Promise<Watched> {
  if (engine === undefined) return { ours: await run(), work: null };
  const before = engine.record();
  const ours = await run();
  return { ours, work: since(before, engine.record()) };
}

/** Returns the work between two records of an engine. */
export function since(before: EngineRecord, after: EngineRecord): EngineRecord {
  const runs = Object.entries(after.runs)
    .map(([name, n]) => [name, n - (before.runs[name] ?? 0)] as const)
    .filter(([, n]) => n > 0);
  const known = new Map(before.steps.map((step) => [stepText(step), step.count]));
  const steps = after.steps
    .map((step) => ({ ...step, count: step.count - (known.get(stepText(step)) ?? 0) }))
    .filter(({ count }) => count > 0);
  return { runs: Object.fromEntries(runs), steps };
}

const stepText = ({ kernel, from, to, reason }: EngineRecord['steps'][number]) =>
  `${kernel} uses ${to} instead of ${from}: ${reason}`;

/**
 * Checks that no kernel fell back and that enough convolutions ran, because a fallback may hide
 * behind a right answer. A convolution may run more than once if an intermediate value is read.
 * @param least.convolutions minimum number of convolutions, all by `least.variant` if given
 * @throws Wrong if a kernel fell back or too few convolutions ran
 */
export function checkWork(
  { runs, steps }: EngineRecord,
  least: { readonly variant: string | undefined; readonly convolutions: number },
): void {
  if (steps.length > 0) throw new Wrong(`a step down: ${stepText(steps[0])}`);
  const { variant, convolutions } = least;
  const counted = Object.entries(runs).filter(
    ([name]) => variant === undefined || name === variant,
  );
  const computed = counted.reduce((sum, [, n]) => sum + n, 0);
  if (computed >= convolutions) return;
  const how = variant === undefined ? 'by a variant' : `by ${variant}`;
  throw new Wrong(`computes ${computed} of ${convolutions} convolutions ${how}`);
}
