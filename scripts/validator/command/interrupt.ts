/** Exit status of a command that Ctrl-C ended. */
export const interruptedStatus = 130;

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

export interface Interruptible {
  readonly signal: AbortSignal;
  /** Stops handling the signals. */
  done(): void;
}

/** Returns a signal that aborts at the first Ctrl-C; a second Ctrl-C ends the process at once. */
export function interruptible(): Interruptible {
  const controller = new AbortController();
  const onSignal = () => {
    done();
    process.once('SIGINT', () => process.exit(interruptedStatus));
    controller.abort(new Error('interrupted'));
  };
  const done = () => {
    for (const name of stopSignals) process.removeListener(name, onSignal);
  };
  for (const name of stopSignals) process.once(name, onSignal);
  return { signal: controller.signal, done };
}
