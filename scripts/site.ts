/** `npm run site`: writes the website of the project, for any static host or as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readOptions } from './lib/args.js';
import { Failure } from './lib/errors.js';
import { root } from './lib/root.js';
import { siteFiles } from './site/files.js';

const options = {
  out: { value: 'DIR', help: 'folder for the website', fallback: 'site' },
} as const;

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run site -- [options]', options, argv);
  if (values === null) return 0;
  const files = siteFiles(root);
  try {
    for (const [url, contents] of files) {
      const path = join(values.out, url);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
    }
  } catch (error) {
    throw new Failure(
      `--out is "${values.out}", which cannot be written: ${(error as Error).message}`,
    );
  }
  console.log(`${values.out}: open index.html, as a file or from any static host`);
  return 0;
}
