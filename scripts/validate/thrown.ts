/** What was thrown, with its stack; some engines leave the message out of that. */
export function thrownText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { stack = '', message } = thrown;
  return stack.includes(message) ? stack : `${thrown}\n${stack}`;
}

/** What is behind an error: what it names as its cause, or itself. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
