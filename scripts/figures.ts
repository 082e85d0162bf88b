/** `npm run figures`: writes the tables and pictures of the documents from docs/figures/*.json. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from './figures/generate.js';
import { readOptions } from './lib/args.js';
import { root } from './lib/root.js';

const options = {
  check: { help: 'change nothing; status 1 if a document or a picture is not as generated' },
} as const;

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run figures -- [options]', options, argv);
  if (values === null) return 0;
  const stale = generate(root).filter(({ now, text }) => now !== text);
  if (values.check !== undefined) {
    for (const { path } of stale) {
      console.log(`${path} is not what docs/figures/*.json generates; run: npm run figures`);
    }
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of stale) {
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
  if (stale.length === 0) console.log('all documents and pictures are up to date');
  return 0;
}
