/** What an engine did in a case: how often which variant ran, and no step down the ladder. */
import type { Attempt } from './attempt.js';
import type { Engine, EngineRecord } from './engine.js';
import { Wrong } from './wrong.js';

export interface Watched {
  readonly ours: Attempt;
  /** What the engine did; null where nobody can say. */
  readonly work: EngineRecord | null;
}

/** Runs something on an engine, and says what that did. */
export async function watched(
  engine: Engine | undefined,
  run: () => Promise<Attempt>,
): Promise<Watched> {
  if (engine === undefined) return { ours: await run(), work: null };
  const before = engine.record();
  const ours = await run();
  return { ours, work: since(before, engine.record()) };
}

/** What was done between two records of an engine. */
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
 * A right answer is not enough: it must not be another rung's. A convolution may be computed more
 * than once, where a value on the way is asked for.
 * @param least.convolutions how many there are to compute, all of them by `least.variant` if given
 * @throws Wrong
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
