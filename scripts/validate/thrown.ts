/** Text of a thrown value, with its stack; some engines leave the message out of that. */
export function thrownText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { stack = '', message } = thrown;
  return stack.includes(message) ? stack : `${thrown}\n${stack}`;
}

/** The cause that an error names, or the error itself. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
