/** `npm run build`: all of dist/, of which this writes the library's type declarations. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './lib/args.js';
import { runTool } from './lib/checks.js';
import { root } from './lib/root.js';

export async function main(argv: string[]): Promise<number> {
  if (readOptions('npm run build', {}, argv) === null) return 0;
  console.log('writing type declarations ...');
  rmSync(join(root, 'dist', 'types'), { recursive: true, force: true });
  return runTool('typescript/bin/tsc', ['-p', 'scripts/tsconfig.types.json']);
}
