/** Tests that hold for each package of this repository: types for its users, and package checkers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Consumer, runNode, tool } from './packedSupport.js';

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
  strict: true,
  noEmit: true,
  // The types of tfjs need this.
  skipLibCheck: true,
};

/** Setups of a user's project: `type` in its package.json, and its compiler options. */
const projects = {
  'ES modules with nodenext': { type: 'module', module: 'nodenext' },
  'ES modules for a bundler': { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  'CommonJS with node16': { type: 'commonjs', module: 'node16' },
} as const;

/** The oldest compiler that is supported, and the compiler that writes the declarations. */
const compilers = { 'TypeScript 5.4': 'typescript-5.4', 'this TypeScript': 'typescript' };

/** Returns the names of the packages that have a notice in an installed package, sorted. */
export function noticesOf({ installed }: Consumer): string[] {
  const notices = readFileSync(join(installed, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  const heads = notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S*\nLicense: [A-Z]/gm);
  return [...heads].map(([, name]) => name).sort();
}

function writeProjects({ write }: Consumer, app: string): void {
  for (const [name, { type, ...options }] of Object.entries(projects)) {
    write({
      [`${name}/package.json`]: JSON.stringify({ type }),
      [`${name}/tsconfig.json`]: JSON.stringify({
        compilerOptions: { ...compilerOptions, ...options },
      }),
      [`${name}/app.ts`]: app,
    });
  }
}

/**
 * Declares the tests.
 * @param app source of a user's app. If a type in it became `any`, an expected error would be
 *   missing, and a missing error fails the test
 * @param consumer returns the installed package, once a `before` hook has installed it
 */
export function declarePackageChecks(app: string, consumer: () => Consumer): void {
  before(() => writeProjects(consumer(), app));

  for (const [compiler, path] of Object.entries(compilers)) {
    for (const project of Object.keys(projects)) {
      it(`has types for ${project} (${compiler})`, async () => {
        const args = [tool(`${path}/bin/tsc`), '-p', project];
        const { status, output } = await runNode(args, consumer().folder);
        expect(status, output).to.equal(0);
      });
    }

    it(`has declarations without a fault of their own (${compiler})`, async () => {
      const project = 'ES modules for a bundler';
      const args = [tool(`${path}/bin/tsc`), '-p', project, '--skipLibCheck', 'false'];
      const { output } = await runNode([...args, '--pretty', 'false'], consumer().folder);
      const own = output.split('\n').filter((line) => line.includes(`${consumer().name}/`));
      expect(own).to.deep.equal([]);
    });
  }

  it('passes publint', async () => {
    const args = [tool('publint/src/cli.js'), consumer().installed, '--strict', '--pack', 'false'];
    const { status, output } = await runNode(args, consumer().folder);
    expect(status, output).to.equal(0);
  });

  it('passes attw', async () => {
    const args = [tool('@arethetypeswrong/cli/dist/index.js'), consumer().tarball];
    const { status, output } = await runNode(args, consumer().folder);
    expect(status, output).to.equal(0);
  });
}
