/** Pending results as plain data, for explain(). */
import type { Deferred } from './deferred.js';
import { callsOf, type Work } from './work.js';

/** One result that is not drawn yet. */
export interface PendingResult {
  readonly shape: readonly number[];
  /**
   * The tfjs kernels of its program, in order. The first is missing where the program only reads a
   * tensor for its epilogue steps.
   */
  readonly kernels: readonly string[];
  /** The variant that computes the first kernel; null where that is no convolution. */
  readonly variant: string | null;
  /** True if a later result has fused with it, so that it is drawn only when its own value is needed. */
  readonly isFused: boolean;
}

/** Pending results, in the order in which their kernels were called. */
export function pendingResults(deferred: Deferred): PendingResult[] {
  return deferred.all().map((dataId) => {
    const work = deferred.get(dataId) as Work;
    return {
      shape: work.root.output.shape,
      kernels: callsOf(work).map(({ kernelName }) => kernelName),
      variant: work.root.origin?.variant ?? null,
      isFused: !deferred.isEnd(dataId),
    };
  });
}
