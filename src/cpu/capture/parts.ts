/**
 * Steps that follow each other, done part by part: all steps on the first values, then all on the next
 * ones. The values on the way stay in the processor's first cache. Such steps are element-wise, or
 * compute rows of an output that element-wise steps work on next.
 */

/** Work that may be done part by part, as kernels describe it. */
export interface DivisibleWork {
  readonly length: number;
  readonly grain: number;
  readonly y: number;
  readonly whole: readonly number[];
  run(from: number, count: number): void;
}

interface Step {
  readonly divisible: DivisibleWork | null;
  run(): void;
}

/** Values of a part: a few operands and results of this size stay in the second cache, and one in the first. */
const PART = 4096;

/** Most values of a part; longer rows are not worth it. */
const MOST = 16384;

/** Returns functions that do all steps, in this order. */
export function inParts(steps: readonly Step[]): (() => void)[] {
  const runs: (() => void)[] = [];
  let group: DivisibleWork[] = [];
  const close = () => {
    if (group.length > 0) runs.push(groupRun(group));
    group = [];
  };
  for (const { divisible, run } of steps) {
    if (divisible === null) {
      close();
      runs.push(run);
      continue;
    }
    if (!fits(group, divisible)) close();
    group.push(divisible);
  }
  close();
  return runs;
}

/** True if work may be done in parts together with the group before it. */
function fits(group: readonly DivisibleWork[], next: DivisibleWork): boolean {
  if (group.length === 0) return true;
  if (group[0].length !== next.length || partOf([...group, next]) === null) return false;
  // An operand that is read as a whole must be complete, and must stay until the last part.
  return group.every(({ y, whole }) => !next.whole.includes(y) && !whole.includes(next.y));
}

function groupRun(group: readonly DivisibleWork[]): () => void {
  const [{ length, run }] = group;
  if (group.length === 1) return () => run(0, length);
  const part = partOf(group) as number;
  return () => {
    for (let from = 0; from < length; from += part) {
      const count = Math.min(part, length - from);
      for (const work of group) work.run(from, count);
    }
  };
}

/** Returns the number of values of a part; null if rows are too long. */
function partOf(group: readonly DivisibleWork[]): number | null {
  let grain = 1;
  for (const work of group) grain = leastCommonMultiple(grain, work.grain);
  return grain > MOST ? null : grain * Math.max(1, Math.floor(PART / grain));
}

function leastCommonMultiple(a: number, b: number): number {
  let [greater, smaller] = [a, b];
  while (smaller > 0) [greater, smaller] = [smaller, greater % smaller];
  return (a / greater) * b;
}
