/**
 * Steps that follow each other, done part by part: all steps on the first values, then all on the next
 * ones. The values on the way stay in the processor's first cache. Such steps are element-wise, or
 * compute rows of an output that element-wise steps work on next.
 */

import type { Group } from '../../../kernels/cpu/shared/callList.js';
import type { DivisibleWork } from '../../../kernels/cpu/shared/work.js';
import type { Step, Work } from './recorder.js';

/** Values of a part: a few operands and results of this size stay in the second cache, and one in the first. */
const PART = 4096;

/** Most values of a part; longer rows are not worth it. */
const MOST = 16384;

/** Returns functions and groups of works that do all steps, in this order. */
export function inParts(steps: readonly Pick<Step, 'does'>[]): (Group | (() => void))[] {
  const all: (Group | (() => void))[] = [];
  let group: Divisible[] = [];
  const close = () => {
    if (group.length > 0) {
      const works = group.map(({ work }) => work);
      all.push({ micro: group[0].micro, works, part: partOf(works) ?? works[0].grain });
    }
    group = [];
  };
  for (const { does } of steps) {
    if (typeof does !== 'function' && isDivisible(does)) {
      if (!fits(group, does)) close();
      group.push(does);
      continue;
    }
    close();
    if (typeof does === 'function') all.push(does);
    else all.push({ micro: does.micro, works: [does.work], part: does.work.grain });
  }
  close();
  return all;
}

interface Divisible extends Work {
  readonly work: DivisibleWork;
}

const isDivisible = (work: Work): work is Divisible => 'whole' in work.work;

/** True if work may be done in parts together with the group before it. */
function fits(group: readonly Divisible[], { micro, work: next }: Divisible): boolean {
  if (group.length === 0) return true;
  const works = group.map(({ work }) => work);
  if (group[0].micro !== micro || works[0].length !== next.length) return false;
  if (partOf([...works, next]) === null) return false;
  // An operand that is read as a whole must be complete, and must stay until the last part.
  return works.every(({ y, whole }) => !next.whole.includes(y) && !whole.includes(next.y));
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
