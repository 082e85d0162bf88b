/** Estimate of how long a run still takes. */

/** Work whose usual duration is known. */
export interface Share {
  /** Seconds that it takes on a usual device. */
  readonly seconds: number;
  /** Finished part, from 0 to 1. */
  readonly done: number;
}

/** Returns the finished part of all work, from 0 to 1. */
export function partDone(shares: readonly Share[]): number {
  const all = shares.reduce((sum, { seconds }) => sum + seconds, 0);
  const done = shares.reduce((sum, share) => sum + share.seconds * share.done, 0);
  return all === 0 ? 1 : done / all;
}

/** Seconds for which nothing is known of the device's speed yet. */
const BEGINNING = 5;

/**
 * Returns the seconds that are left, if this device goes on as it did.
 * @param elapsed seconds so far
 */
export function secondsLeft(shares: readonly Share[], elapsed: number): number {
  const left = shares.reduce((sum, { seconds, done }) => sum + seconds * (1 - done), 0);
  const done = shares.reduce((sum, share) => sum + share.seconds * share.done, 0);
  // At first, the usual duration counts as well.
  return (left * (elapsed + BEGINNING)) / (done + BEGINNING);
}

/** Formats seconds: `about 3 min left`. */
export function leftText(seconds: number): string {
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
}
