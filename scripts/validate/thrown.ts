/** What was thrown, with its stack; some engines leave the message out of that. */
export function thrownText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { stack = '', message } = thrown;
  return stack.includes(message) ? stack : `${thrown}\n${stack}`;
}

/** What is behind an error: the error that it names as its cause, or itself. */
export const causeOf = (error: Error): unknown => error.cause ?? error;
