/**
 * Milliseconds that a test may take. The limit only catches tests that never end, so that neither
 * the machine's speed nor its load decides a verdict.
 */
export const patienceMs = 15 * 60_000;
