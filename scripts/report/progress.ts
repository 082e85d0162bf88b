/**
 * Progress on standard error: on a terminal, one line that is overwritten; otherwise one line per
 * call.
 */

export function showProgress(line: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  } else {
    process.stderr.write(`${line}\n`);
  }
}

/** Clears the line before other output. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
