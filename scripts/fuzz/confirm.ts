/** Whether a difference comes again without the cases before it. */
import { Failure } from '../lib/errors.js';
import type { FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';

/**
 * Runs the case of a difference alone, on a fresh engine. What it takes may be older: a texture
 * that was used before, a program, a variant that was refused.
 * @returns the request that repeats it: that case, or all cases up to it
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
    // It may take the page along.
    if (error instanceof Failure) return alone;
    throw error;
  }
}
