/** Tests of the exit statuses of commands, beside the tests of the validator's statuses. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { Failure, UsageError } from '../../../scripts/lib/errors.js';
import { PageFailure } from '../../../scripts/lib/page.js';
import { root } from '../../../scripts/lib/root.js';

/** Runs a command of package.json where no browser can be found. */
function run(...argv: string[]): Promise<{ status: unknown; err: string }> {
  const env = { ...process.env, CHROME_PATH: join(root, 'nosuch') };
  const args = [join(root, 'scripts', 'run.mjs'), ...argv];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env }, (error, _out, err) =>
      resolve({ status: error === null ? 0 : error.code, err }),
    );
  });
}

describe('the status of a command', function () {
  this.timeout(2 * 60_000);

  it('is 3 when it cannot run, not 1, which means a difference', async () => {
    for (const command of ['bench', 'fuzz', 'soak']) {
      const { status, err } = await run(command);
      expect(status, command).to.equal(3);
      expect(err, command).to.match(/^CHROME_PATH is ".*nosuch", which is not an executable file/m);
    }
  });

  it('is 2 for a wrong command line', async () => {
    const { status, err } = await run('fuzz', '--nosuch');
    expect(status).to.equal(2);
    expect(err).to.match(/^option --nosuch is unknown/m);
  });

  it('is 1 when a running page failed, and 3 when no page started', () => {
    expect(new PageFailure('a.html', 'the page crashed', { hasBegun: true }).exitStatus).to.equal(
      1,
    );
    expect(new PageFailure('a.html', 'the page crashed').exitStatus).to.equal(3);
    expect(new Failure('no browser').exitStatus).to.equal(3);
    expect(new UsageError('no option').exitStatus).to.equal(2);
  });
});
