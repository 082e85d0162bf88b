/** Runs `body` while `console.log` prints nothing, and restores it however `body` ends. */
export async function quietly<T>(body: () => T | Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => {};
  try {
    return await body();
  } finally {
    console.log = log;
  }
}
