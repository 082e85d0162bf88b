/** What is wrong with the backend's answer, in one line. */
export class Wrong extends Error {
  override name = 'Wrong';
}

/** Name and message of an error in one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replace(/\s+/g, ' ');
