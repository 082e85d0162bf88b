/** The checks that need no test: format, lint with the import rule, types, and the house rules. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { allComplaints } from './houseRules.js';
import { root } from './root.js';

export interface Check {
  name: string;
  /** A program of node_modules, and its arguments. */
  script: string;
  args: readonly string[];
}

export const checks: readonly Check[] = [
  {
    name: 'format, lint and import rule',
    script: '@biomejs/biome/bin/biome',
    args: [
      'ci',
      '--error-on-warnings',
      process.stdout.isTTY ? '--colors=force' : '--colors=off',
      '.',
    ],
  },
  {
    name: 'types',
    script: 'typescript/bin/tsc',
    args: ['-p', '.', '--noEmit', '--emitDeclarationOnly', 'false'],
  },
];

/** Runs a program of node_modules with this terminal's streams; returns its exit status. */
export function runTool(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = join(root, 'node_modules', script);
    const child = spawn(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}

/** Runs every check, even after one has failed. */
export async function runChecks(): Promise<{ passed: number; failed: number }> {
  const count = { passed: 0, failed: 0 };
  for (const { name, script, args } of checks) {
    console.log(`checking ${name} ...`);
    const status = await runTool(script, args);
    if (status === 0) count.passed++;
    else count.failed++;
  }
  console.log('checking lengths of files and openings of doc comments ...');
  const complaints = allComplaints();
  for (const { path, line, message } of complaints) console.log(`${path}:${line}: ${message}`);
  if (complaints.length === 0) count.passed++;
  else count.failed++;
  return count;
}
