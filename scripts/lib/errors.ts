/** Errors whose message is all that the user of a command needs: they are printed without a stack. */

/** Wrong input to a command: one line naming the argument, its value and what would be right. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command cannot go on; the message says what happened and what to do. */
export class Failure extends Error {
  override name = 'Failure';
}
