/** `npm run own-model`: writes the folder of the page that compares backends on a user's model. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './lib/args.js';
import { Failure } from './lib/errors.js';
import { root } from './lib/root.js';

const options = {
  out: { value: 'DIR', help: 'folder for the page', fallback: 'own-model' },
} as const;

/** Files of the page: stock backends are scripts beside it. */
const files = ['own-model.html', 'own-model.js', 'backend-wasm.js', 'backend-webgpu.js'];

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run own-model -- [options]', options, argv);
  if (values === null) return 0;
  try {
    for (const file of files) cpSync(join(root, 'dist', 'pages', file), join(values.out, file));
  } catch (error) {
    throw new Failure(
      `--out is "${values.out}", which cannot be written: ${(error as Error).message}`,
    );
  }
  console.log(`${values.out}: open own-model.html, as a file or from any static host`);
  return 0;
}
