/** Tests of the API reference: what is read from declarations, and the page that it becomes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../../scripts/lib/root.js';
import { type Export, readExports } from '../../../../scripts/site/api/declarations.js';
import { apiMarkdown } from '../../../../scripts/site/api/page.js';

const declarations = {
  'index.d.ts': "export * from './calls.js';\nexport { Engine } from './engine.js';",
  'base.d.ts': "export * from './calls.js';",
  'calls.d.ts': `
/** Options of run(). */
export interface Options {
    /** Number of rounds. */
    readonly rounds?: number;
}
/**
 * Runs a model, in
 * several rounds.
 *
 * @param model has \`predict\`
 * @returns milliseconds
 * @throws Error if there
 *   is no model
 * @example
 * run(model);
 * run(model, { rounds: 2 });
 */
export declare function run(model: object, options?: Options): number;
/** The most rounds. */
export declare const MOST: 9;
`,
  'engine.d.ts': `
/**
 * An engine.
 * @experimental
 */
export declare class Engine extends Base {
    private x;
    run(): void;
}
`,
};

describe('API reference', () => {
  let folder: string;
  let all: Map<string, Export[]>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'api-'));
    for (const [name, text] of Object.entries(declarations)) {
      writeFileSync(join(folder, name), text);
    }
    all = readExports(folder, { index: 'index.d.ts', base: 'base.d.ts' });
  });
  after(() => rmSync(folder, { recursive: true }));

  const named = (name: string) => all.get('index')!.find((one) => one.name === name)!;

  it('reads declarations through re-exports', () => {
    expect(all.get('index')!.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['Engine', 'class'],
      ['MOST', 'constant'],
      ['Options', 'interface'],
      ['run', 'function'],
    ]);
    expect(named('run').id).to.equal(all.get('base')!.find(({ name }) => name === 'run')!.id);
  });

  it('reads doc comments', () => {
    expect(named('run').doc).to.deep.equal({
      text: 'Runs a model, in\nseveral rounds.',
      params: [['model', 'has `predict`']],
      returns: 'milliseconds',
      throws: ['Error if there\nis no model'],
      examples: ['run(model);\nrun(model, { rounds: 2 });'],
      isExperimental: false,
    });
    expect(named('MOST').doc.text).to.equal('The most rounds.');
  });

  it('shows members of interfaces, and none of an experimental class', () => {
    expect(named('Options').text).to.include('/** Number of rounds. */');
    expect(named('Engine').text).to.equal('class Engine extends Base');
    expect(named('Engine').doc.isExperimental).to.equal(true);
    expect(named('MOST').text).to.equal('const MOST: 9;');
  });

  it('writes each declaration once, with links', () => {
    const page = apiMarkdown(all, 'index', '.');
    expect(page).to.include(
      '### run\n\n```ts\nfunction run(model: object, options?: Options): number;',
    );
    expect(page).to.include('- throws Error if there is no model');
    expect(page).to.include('Types: [`Options`](index.html#options).');
    expect(page).to.include('**Experimental**');
    const base = apiMarkdown(all, 'base', './base');
    expect(base).to.include('[`run`](index.html#run)').and.not.to.include('### run');
  });

  it('has an example for every function and class of the package that is stable', () => {
    const engines = { index: 'src/index.ts', webgl: 'src/webgl.ts', cpu: 'src/cpu.ts' };
    const exports = [...readExports(root, engines).values()].flat();
    const shown = exports.filter(({ kind }) => kind === 'function' || kind === 'class');
    expect(shown).to.have.length.of.at.least(30);
    const lacking = shown.filter(
      ({ doc }) => !doc.isExperimental && doc.examples.length === 0 && !doc.text.includes('```'),
    );
    expect([...new Set(lacking.map(({ name }) => name))]).to.deep.equal([]);
  });

  it('names a file that does not exist', () => {
    expect(() => readExports(folder, { index: 'none.d.ts' })).to.throw('npm run build makes it');
  });
});
