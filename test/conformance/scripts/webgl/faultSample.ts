/** Sample of faults: some calls of a kind fail, all along the program. */
import { expect } from 'chai';
import { countCalls, tryFault } from '../../../../scripts/webgl/faultProgram.js';
import type { FaultKind, ProgramName } from '../../../../scripts/webgl/faults.js';

/**
 * True if a kind counts the calls of a wait. The machine decides how often a wait polls, so the
 * last of these calls may not occur in another run.
 */
const isOfWaits = ({ calls }: FaultKind) => calls.includes('clientWaitSync');

/**
 * Expects the program to survive a fault of this kind at each sampled call.
 * @param count number of calls to sample, evenly spaced, besides the last call
 */
export async function expectSurvived(
  kind: FaultKind,
  count: number,
  program: ProgramName = 'eager',
): Promise<void> {
  const calls = await countCalls(kind, program);
  const step = count === 0 ? calls : Math.max(1, Math.floor(calls / count));
  const last = isOfWaits(kind) ? Math.ceil(calls / 2) : calls;
  let struck = 0;
  for (let k = last; k >= 1; k -= step) {
    const result = await tryFault(kind, k, program);
    if (result.call === null && isOfWaits(kind)) continue;
    expect(result.isGood, JSON.stringify(result)).to.equal(true);
    struck++;
  }
  expect(struck, 'faults that struck').to.be.above(0);
}
