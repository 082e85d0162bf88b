import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../../../scripts/lib/root.js';

export interface Ended {
  status: unknown;
  out: string;
  err: string;
}

/** Runs the installed command in a folder; returns its exit status and its output. */
export function runValidator(
  cwd: string,
  argv: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const bin = join(root, 'scripts', 'validator', 'bin.mjs');
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...argv], { cwd, env }, (error, out, err) =>
      resolve({ status: error === null ? 0 : error.code, out, err }),
    );
  });
}
