/** `npm run lint`: format, lint, import rule and types. */
import { readOptions } from './lib/args.js';
import { runChecks } from './lib/checks.js';

export async function main(argv: string[]): Promise<number> {
  if (readOptions('npm run lint', {}, argv) === null) return 0;
  const { failed } = await runChecks();
  return failed === 0 ? 0 : 1;
}
