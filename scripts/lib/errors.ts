/**
 * Errors whose message is all that a command's user needs. They are printed without a stack, and
 * the command exits with their `exitStatus`.
 */

/**
 * Exit status of a command that could not do its work; status 1 means that its work found a fault.
 */
export const couldNotRun = 3;

/** Invalid input to a command: one line with the argument, its value and the allowed values. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly exitStatus: number = 2;
}

/** The command cannot continue; the message says what happened and what to do. */
export class Failure extends Error {
  override name = 'Failure';
  readonly exitStatus: number = couldNotRun;
}
