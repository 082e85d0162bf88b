/** Tests of the messages and the status of the validator's command where it cannot run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundleModule } from '../../../../scripts/validator/command/bundleModule.js';
import { runFailure, thrownLine } from '../../../../scripts/validator/command/moduleError.js';
import { runValidator } from './runValidator.js';

const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';

const helper = `export interface Unused { readonly n: number }

export function fail(n: number): never {
  throw new RangeError(\`no room for \${n}\`);
}
`;
const imports = `import { fail } from './helper.js';
import { registerBackend } from '@tensorflow/tfjs-core';
`;

/** A user's scripts that throw, and the place of the call of the helper in each. */
const scripts = {
  'as it is loaded': { text: `${imports}\nfail(7);\n`, at: '4:1' },
  'as its backend starts': {
    text: `${imports}registerBackend('mine', () => fail(7));\n`,
    at: '3:31',
  },
  'in a task of its own': {
    text: `${imports}registerBackend('mine', () => new Promise(() => {}));\nsetTimeout(() => fail(7));\n`,
    at: '4:18',
  },
};

describe('validate: what cannot run', function () {
  this.timeout(2 * 60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'validate-failure-'));
    writeFileSync(join(folder, 'helper.ts'), helper);
  });
  after(() => rmSync(folder, { recursive: true }));

  const runModule = (text: string) => {
    writeFileSync(join(folder, 'mine.ts'), text);
    const where = ['--module', 'mine.ts', '--browser', 'node', '--backend', 'mine'];
    return runValidator(folder, [...where, '--reference', 'cpu', '--q', id]);
  };

  it('ends with status 3, which --help documents', async () => {
    const nosuch = join(folder, 'nosuch');
    const { status, out, err } = await runValidator(folder, ['--q', id], { CHROME_PATH: nosuch });
    expect([status, out]).to.deep.equal([3, '']);
    expect(err).to.match(/^CHROME_PATH is ".*nosuch", which is not an executable file/);
    const help = await runValidator(folder, ['--help']);
    expect(help.status).to.equal(0);
    expect(help.out).to.match(/\n\nStatus: .*3 could not run/);
  });

  for (const [when, { text, at }] of Object.entries(scripts)) {
    it(`shows what a script throws ${when}, and where in its own files`, async () => {
      const { status, out, err } = await runModule(text);
      expect([status, out]).to.deep.equal([3, '']);
      const [first, second, third, ...rest] = err.split('\n');
      expect(first).to.equal('--module is "mine.ts", which throws RangeError: no room for 7');
      expect(second).to.equal('    at fail (helper.ts:4:9)');
      expect(third).to.match(new RegExp(String.raw`^ {4}at .*mine\.ts:${at}\)?$`));
      expect(rest.join('\n')).not.to.include('data:');
    });
  }

  it('shows a thrown value that is not an Error', async () => {
    const { status, err } = await runModule(`throw 'out of order';\n`);
    expect([status, err]).to.deep.equal([3, '--module is "mine.ts", which throws out of order\n']);
  });

  it("finds file and line in a browser's message", async () => {
    const path = join(folder, 'broken.ts');
    writeFileSync(path, 'type Size = number;\n\nconst size: Size = 1;\nnull.slice(size);\n');
    const bundle = await bundleModule(path, 'browser');
    const lines = Buffer.from(bundle.code).toString().split('\n');
    const row = lines.findIndex((line) => line.includes('null.slice'));
    const column = lines[row].indexOf('slice');
    const at = `http://127.0.0.1:1/validate-module.js:${row + 1}:${column + 1}`;
    for (const [stack, told] of [
      [`TypeError: no\n    at ${at}\n    at http://127.0.0.1:1/a.js:1:1`, 'TypeError: no\n    at '],
      [`TypeError: no\n@${at}\nrun@http://127.0.0.1:1/a.js:1:1`, 'TypeError: no\n@'],
    ]) {
      const { message, exitStatus } = runFailure('it ended', stack, bundle);
      expect(message).to.include(`which throws ${told}`);
      expect(message).to.match(/broken\.ts:4:6$/);
      expect(exitStatus).to.equal(3);
      expect(thrownLine(stack, bundle)).to.match(/^TypeError: no (at |@).*broken\.ts:4:6$/);
    }
    expect(thrownLine('Error: other\n    at a.js:1:1', bundle)).to.equal('Error: other');
    const other = runFailure('it ended', 'Error: other\n    at a.js:1:1', bundle);
    expect(other.message).to.equal('it ended');
  });
});
