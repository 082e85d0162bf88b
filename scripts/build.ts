/** `npm run build`: all of dist/, which scripts/run.mjs has brought up to date before this runs. */
import { readOptions } from './lib/args.js';

export async function main(argv: string[]): Promise<number> {
  if (readOptions('npm run build', {}, argv) !== null) console.log('dist/ is up to date');
  return 0;
}
