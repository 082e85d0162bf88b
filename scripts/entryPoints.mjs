/** Entry points of the builds: source files by the name of what is made of them. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Returns files with this ending, as paths from the root; `deep` includes subfolders. */
export async function filesIn(folder, ending, { deep }) {
  if (!existsSync(join(root, folder))) return [];
  const names = await readdir(join(root, folder), { recursive: deep });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name).replaceAll(sep, '/'))
    .sort();
}

/** Returns entry points `{ name: source }` of pages, each named by its file. */
export function pageEntries(sources) {
  return Object.fromEntries(sources.map((source) => [basename(source, '.ts'), source]));
}

/** Returns entry points `{ name: source }`; each name is the path from `folder` without ending. */
export function entriesFrom(folder, sources) {
  return Object.fromEntries(
    sources.map((source) => [relative(folder, source).replace(/\.ts$/, ''), source]),
  );
}
