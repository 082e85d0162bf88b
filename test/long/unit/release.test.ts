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

/** Files of both packages. */
const common = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
  'dist/THIRD-PARTY-NOTICES.txt',
];

interface Package {
  readonly name: string;
  /** Suffix of its commands in package.json. */
  readonly suffix: string;
  /** Files; `*` stands for a hash, and one line for all declarations. */
  readonly files: readonly string[];
  /** Maximum number of bytes of its tarball. */
  readonly budget: number;
  /** Names of the packages that it depends on, without those for other platforms. */
  readonly components: readonly string[];
}

const packages: readonly Package[] = [
  {
    name,
    suffix: '',
    files: [
      ...common,
      ...['tfjs-backend-tiled.min.js', 'shared-*.js', 'shared-*.cjs'].map((file) => `dist/${file}`),
      ...entries.flatMap((entry) => ['js', 'cjs'].map((end) => `dist/${entry}.${end}`)),
      'dist/types/**',
    ],
    budget: 1_050_000,
    components: [],
  },
  {
    name: 'tfjs-conv-validate',
    suffix: ':validator',
    files: [
      ...common,
      'scripts/validator/bin.mjs',
      'dist/scripts/validate.js',
      ...['backend-wasm.js', 'backend-webgpu.js'].map((file) => `dist/pages/${file}`),
      ...['validate-run', 'validator'].flatMap((page) => [
        `dist/pages/${page}.html`,
        `dist/pages/${page}.js`,
      ]),
      ...['js', 'cjs'].map((end) => `dist/index.${end}`),
      'dist/types/**',
    ],
    budget: 2_500_000,
    components: ['esbuild', 'playwright-core'],
  },
];

/** Returns the line of a package's files that a file belongs to, or the file itself. */
const lineOf = (path: string) =>
  path
    .replace(/^dist\/types\/.*\.d\.c?ts$/, 'dist/types/**')
    .replace(/^dist\/shared-\w+\./, 'dist/shared-*.');

describe('a release', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);

  before(async () => {
    const { status, output } = await runNpm(['run', 'build'], root);
    expect(status, output).to.equal(0);
  });

  for (const { name: published, suffix, files, budget, components } of packages) {
    it(`uploads the expected files of ${published}`, async () => {
      const args = ['run', '--silent', `publish:check${suffix}`, '--', '--json'];
      const { status, output, stdout } = await runNpm(args, root);
      expect(status, output).to.equal(0);
      // The build prints its line before npm prints the JSON.
      const found = JSON.parse(stdout.slice(stdout.indexOf('{')))[published];
      expect(found.version).to.equal(version);
      const lines = new Set(found.files.map(({ path }: { path: string }) => lineOf(path)));
      expect([...lines].sort()).to.deep.equal([...files].sort());
      expect(found.size).to.be.within(budget / 2, budget);
    });

    it(`has a bill of materials of ${published}, with what it depends on`, async () => {
      const { status, output, stdout } = await runNpm(['run', '--silent', `sbom${suffix}`], root);
      expect(status, output).to.equal(0);
      const bill = JSON.parse(stdout);
      expect(bill.bomFormat).to.equal('CycloneDX');
      const { component } = bill.metadata;
      expect(component.purl).to.equal(`pkg:npm/${published}@${version}`);
      expect(component.licenses).to.deep.equal([{ license: { id: 'Apache-2.0' } }]);
      const listed = bill.components.map(({ purl }: { purl: string }) => purl);
      const own = listed.filter((purl: string) => !purl.startsWith('pkg:npm/%40esbuild/'));
      const names = own.map((purl: string) => /^pkg:npm\/(.+)@/.exec(purl)?.[1]);
      expect(names.sort()).to.deep.equal([...components]);
    });
  }
});
