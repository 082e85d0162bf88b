/** Error that says in one line what is wrong with the backend's answer. */
export class Wrong extends Error {
  override name = 'Wrong';
}

/** Returns the name and message of an error in one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replace(/\s+/g, ' ');
