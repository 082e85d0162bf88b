/** Tests of what a release uploads, by commands that use no network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../scripts/lib/root.js';
import { runNpm } from '../../support/packedSupport.js';

const { name, version, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const entries = Object.keys(exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => (path === '.' ? 'index' : path.slice(2)));

/** Files of the package; `*` stands for a hash, and one line for all declarations. */
const expected = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'package.json',
  'scripts/validator/bin.mjs',
  'dist/THIRD-PARTY-NOTICES.txt',
  'dist/scripts/validate.js',
  ...['backend-wasm.js', 'backend-webgpu.js'].map((file) => `dist/pages/${file}`),
  ...['validate-run', 'validator'].flatMap((page) => [
    `dist/pages/${page}.html`,
    `dist/pages/${page}.js`,
  ]),
  ...['tfjs-backend-tiled.min.js', 'shared-*.js'].flatMap((file) => [
    `dist/${file}`,
    `dist/${file}.map`,
  ]),
  'dist/shared-*.cjs',
  ...entries.flatMap((entry) => ['js', 'js.map', 'cjs'].map((end) => `dist/${entry}.${end}`)),
  'dist/types/(src|kernels)/**/*.d.(ts|cts)',
];

/** Returns the line of `expected` that a file belongs to, or the file itself. */
const lineOf = (path: string) =>
  path
    .replace(/^dist\/types\/(src|kernels)\/.*\.d\.c?ts$/, expected.at(-1)!)
    .replace(/^dist\/shared-\w+\./, 'dist/shared-*.');

describe('a release', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);

  it('uploads the expected files', async () => {
    const args = ['run', '--silent', 'publish:check', '--', '--json'];
    const { status, output, stdout } = await runNpm(args, root);
    expect(status, output).to.equal(0);
    // The build prints its line before npm prints the JSON.
    const published = JSON.parse(stdout.slice(stdout.indexOf('{')))[name];
    expect(published.version).to.equal(version);
    const files: { path: string }[] = published.files;
    const lines = new Set(files.map(({ path }) => lineOf(path)));
    expect([...lines].sort()).to.deep.equal([...expected].sort());
  });

  it('has a bill of materials without components, because the package depends on none', async () => {
    const { status, output, stdout } = await runNpm(['run', '--silent', 'sbom'], root);
    expect(status, output).to.equal(0);
    const { bomFormat, metadata, components } = JSON.parse(stdout);
    expect(bomFormat).to.equal('CycloneDX');
    expect(metadata.component.purl).to.equal(`pkg:npm/${name}@${version}`);
    expect(metadata.component.licenses).to.deep.equal([{ license: { id: 'Apache-2.0' } }]);
    expect(components).to.deep.equal([]);
  });
});
