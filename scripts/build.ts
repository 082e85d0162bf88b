/** `npm run build`: builds all of dist/. scripts/run.mjs does so before it calls this script. */
import { readOptions } from './lib/args.js';

export async function main(argv: string[]): Promise<number> {
  if (readOptions('npm run build', {}, argv) !== null) console.log('dist/ is up to date');
  return 0;
}
