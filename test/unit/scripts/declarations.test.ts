/** Tests of the declarations that the build writes, and of its failure on wrong sources. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { root } from '../../../scripts/lib/root.js';
import { runNode } from '../../support/packedSupport.js';

const script = `
const { declarations } = await import(process.argv[1]);
const files = await declarations(['src/index.ts'], process.argv[2]);
console.log(JSON.stringify(Object.fromEntries(files.map(({ path, contents }) => [path, contents]))));
`;

describe('the declarations of a build', function () {
  this.timeout(2 * 60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'declarations-test-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Builds the declarations of a project with these sources. */
  function build(sources: Record<string, string>) {
    const project = join(folder, 'tsconfig.json');
    mkdirSync(join(folder, 'src'), { recursive: true });
    for (const [name, text] of Object.entries(sources)) {
      writeFileSync(join(folder, 'src', name), text);
    }
    const tsconfig = {
      extends: join(root, 'scripts', 'tsconfig.types.json'),
      compilerOptions: { rootDir: '.' },
      include: ['src'],
    };
    writeFileSync(project, JSON.stringify(tsconfig));
    const module = pathToFileURL(join(root, 'scripts', 'declarations.mjs')).href;
    return runNode(['--input-type=module', '--eval', script, module, project], folder);
  }

  it('are those that the entry reaches, for both kinds of modules', async () => {
    const { status, output } = await build({
      'index.ts': `export { far } from './far.js';
export const late = () => import('./late.js');
export const view = (length: number) => new Float32Array(length);
`,
      'far.ts': `import { inner } from './inner.js';\nexport const far = (): number => inner;\n`,
      'inner.ts': 'export const inner = 1;\n',
      'late.ts': 'export const late = 2;\n',
    });
    expect(status, output).to.equal(0);
    const files = JSON.parse(output);
    const paths = ['src/index', 'src/far', 'src/late'];
    expect(Object.keys(files)).to.have.members(paths.flatMap((p) => [`${p}.d.ts`, `${p}.d.cts`]));
    expect(files['src/index.d.ts'])
      .to.match(/from '\.\/far\.js'/)
      .and.match(/import\(["']\.\/late\.js["']\)/)
      .and.match(/=> Float32Array;/);
    expect(files['src/index.d.cts'])
      .to.match(/from '\.\/far\.cjs'/)
      .and.match(/import\(["']\.\/late\.cjs["']\)/);
  });

  it('fail with the status and the words of the compiler', async () => {
    // The package may not use the types of Node.
    const { status, output } = await build({ 'index.ts': 'export const id = process.pid;\n' });
    expect(status).to.equal(1);
    expect(output).to.match(/src\/index\.ts.*error TS\d+: .*'process'/s);
    expect(output).to.match(/tsc -p .*tsconfig\.json ended with status [1-9]/);
  });
});
