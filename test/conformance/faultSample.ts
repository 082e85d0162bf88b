/** Faults at some calls of a kind, all along the program. */
import { expect } from 'chai';
import { countCalls, tryFault } from '../../scripts/webgl/faultProgram.js';
import type { FaultKind } from '../../scripts/webgl/faults.js';

/** How often a wait asks is up to the machine: its last calls need not come again. */
const isOfWaits = ({ calls }: FaultKind) => calls.includes('clientWaitSync');

/** @param count of calls, evenly spaced, beside the last */
export async function expectSurvived(kind: FaultKind, count: number): Promise<void> {
  const calls = await countCalls(kind);
  const step = count === 0 ? calls : Math.max(1, Math.floor(calls / count));
  const last = isOfWaits(kind) ? Math.ceil(calls / 2) : calls;
  let struck = 0;
  for (let k = last; k >= 1; k -= step) {
    const result = await tryFault(kind, k);
    if (result.call === null && isOfWaits(kind)) continue;
    expect(result.isGood, JSON.stringify(result)).to.equal(true);
    struck++;
  }
  expect(struck, 'faults that struck').to.be.above(0);
}
