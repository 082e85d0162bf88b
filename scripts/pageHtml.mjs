/** HTML documents of the pages that esbuild makes scripts for. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const html = (name) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${name}</title>
<body>
<script src="${name}.js"></script>
</body>
</html>
`;

/** Returns a page's HTML: the file beside its script if it exists, else an empty document. */
export async function htmlOf(source) {
  const own = source.replace(/\.ts$/, '.html');
  const name = basename(source, '.ts');
  const text = existsSync(join(root, own)) ? await readFile(join(root, own), 'utf8') : html(name);
  return { path: `${name}.html`, text };
}
