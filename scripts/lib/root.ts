/**
 * The project's folder: the nearest folder above this script, built or not, with a package.json.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('No package.json above the running script.');
  return findRoot(above);
}

export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
