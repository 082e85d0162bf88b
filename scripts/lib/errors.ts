/**
 * Errors whose message is all that the user of a command needs: they are printed without a stack,
 * and the command ends with their `exitStatus`.
 */

/** The status of a command that could not do what it was asked for; 1 is for what it found. */
export const couldNotRun = 3;

/** Wrong input to a command: one line naming the argument, its value and what would be right. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly exitStatus: number = 2;
}

/** The command cannot go on; the message says what happened and what to do. */
export class Failure extends Error {
  override name = 'Failure';
  readonly exitStatus: number = couldNotRun;
}
