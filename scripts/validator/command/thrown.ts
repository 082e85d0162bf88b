/**
 * Returns the text of a thrown value with its stack. Adds the message if the engine's stack omits
 * it.
 */
export function thrownText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { stack = '', message } = thrown;
  return stack.includes(message) ? stack : `${thrown}\n${stack}`;
}

/** Returns the cause that an error names, or the error itself. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
