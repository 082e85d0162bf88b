/** Reruns a difference to find out if it occurs without the cases before it. */
import { Failure } from '../../scripts/lib/errors.js';
import type { FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';

/**
 * Runs the case of a difference alone, on a fresh engine. The difference may depend on earlier
 * cases: on a texture that was used before, a program, or a variant that was refused.
 * @returns the request that repeats the difference: that case alone, or all cases up to it
 */
export async function repeating(
  report: FuzzReport,
  request: FuzzRequest,
  run: (request: FuzzRequest) => Promise<FuzzReport>,
): Promise<FuzzRequest> {
  const { cases, difference } = report;
  if (difference === null || request.path !== undefined) return request;
  const alone = { ...request, path: difference.path, runs: 1 };
  const history = { ...request, runs: cases };
  try {
    const { difference: again } = await run(alone);
    return again === null ? history : alone;
  } catch (error) {
    // The case alone may crash or hang its page, which repeats the difference too.
    if (error instanceof Failure) return alone;
    throw error;
  }
}
