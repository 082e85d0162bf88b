/** Test that every file which names the version of the package names the same one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../scripts/lib/root.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { version } = JSON.parse(read('package.json'));

/** Files, and the pattern of the version in each. */
const places: Record<string, RegExp> = {
  'package-lock.json': /"version": "([^"]+)"/,
  'CHANGELOG.md': /^## (\d\S*)/m,
  'README.md': /npm\/tfjs-backend-tiled@([^"]+)"/,
  'docs/guide/cdn.md': /npm\/tfjs-backend-tiled@([^"/]+)\//,
  'examples/package.json': /"tfjs-backend-tiled": "\^([^"]+)"/,
  'examples/script-tag/index.html': /npm\/tfjs-backend-tiled@([^"]+)"/,
  'examples/README.md': /tfjs-backend-tiled-([^`]+)\.tgz/,
};

describe('the version of the package', () => {
  for (const [path, pattern] of Object.entries(places)) {
    it(`is in ${path}`, () => expect(pattern.exec(read(path))?.[1]).to.equal(version));
  }
});
