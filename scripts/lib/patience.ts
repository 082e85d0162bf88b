/**
 * How long a test may take, in milliseconds. It is for what never ends: how fast the machine is, and
 * what else runs on it, decides no verdict.
 */
export const patienceMs = 15 * 60_000;
