/** `npm run device-page`: writes the folder of the page that measures a device, for any static host. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './lib/args.js';
import { Failure } from './lib/errors.js';
import { root } from './lib/root.js';

const options = {
  out: {
    value: 'DIR',
    help: 'folder for the page and the weights of its nets',
    fallback: 'device',
  },
} as const;

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run device-page -- [options]', options, argv);
  if (values === null) return 0;
  try {
    cpSync(join(root, 'dist', 'device'), values.out, { recursive: true });
  } catch (error) {
    throw new Failure(
      `--out is "${values.out}", which cannot be written: ${(error as Error).message}`,
    );
  }
  console.log(`${values.out}: serve this folder, and open index.html on the device`);
  return 0;
}
