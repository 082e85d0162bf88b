/** Tests of the validator's command line: what it accepts, and its messages for what it rejects. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../../../../scripts/lib/errors.js';
import { chooseCases, idMatcher } from '../../../../scripts/validator/command/choice.js';
import { type Request, readRequest } from '../../../../scripts/validator/command/request.js';
import { rerunCommand } from '../../../../scripts/validator/command/rerun.js';
import {
  type CaseResult,
  caseId,
  grids,
  parseCaseId,
  readJson,
  type ValidationReport,
} from '../../../../src/validator/index.js';
import { runValidator } from './runValidator.js';

const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';

const read = (...argv: string[]) => readRequest(argv, 'validate') as Request;

describe('validate: choice of cases', () => {
  const core = [...grids.core()].map(caseId);

  it('takes a grid, a pattern over its ids, or any id', () => {
    expect(chooseCases('core')).to.deep.equal(core);
    const some = chooseCases('core', 'conv2d:*stride=2;*');
    expect(some).to.deep.equal(
      core.filter((one) => one.startsWith('conv2d:') && one.includes('stride=2;')),
    );
    expect(some.length).to.be.within(1, core.length - 1);
    expect(chooseCases('core', id)).to.deep.equal([id]);
  });

  it('takes kernels beside convolutions, by grid, family, pattern or id', () => {
    const kernels = [...grids.kernels()].map(caseId);
    expect(chooseCases('kernels')).to.deep.equal(kernels);
    expect(chooseCases('all')).to.deep.equal([...[...grids.full()].map(caseId), ...kernels]);
    const softmax = kernels.filter((one) => one.startsWith('softmax:'));
    expect(softmax.length).to.be.within(5, 20);
    expect(chooseCases(undefined, 'softmax:*')).to.deep.equal(softmax);
    expect(chooseCases('softmax', 'softmax:*')).to.deep.equal(softmax);
    expect(chooseCases(undefined, 'conv2d:*')).to.deep.equal(chooseCases('core', 'conv2d:*'));
    const one = 'sum:in=2x3;axes=1;seed=1';
    expect(chooseCases(undefined, one, 7)).to.deep.equal([one.replace('seed=1', 'seed=7')]);
    expect(() => chooseCases('core', 'softmax:*')).to.throw(
      UsageError,
      '--q is "softmax:*", which matches no case of the grid core; ',
    );
  });

  it('gives every case another seed', () => {
    const seeded = chooseCases('core', undefined, 7);
    expect(seeded.map(parseCaseId)).to.deep.equal(
      core.map((one) => ({ ...parseCaseId(one), seed: 7 })),
    );
    expect(chooseCases('core', id, 7)).to.deep.equal([id.replace('seed=1', 'seed=7')]);
  });

  it('matches everything but * in a pattern literally', () => {
    const matches = idMatcher('a.b*(c)');
    expect(['a.b(c)', 'a.b12(c)', 'axb(c)', 'a.b(c)d'].map(matches)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('validate: command line', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'validate-command-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has defaults for everything', () => {
    const { job, grid, seed, files, listOnly } = read();
    expect(job).to.deep.include({
      backend: 'tiled-webgl',
      reference: ['webgl', 'cpu'],
      variant: '',
      module: undefined,
      place: 'swiftshader',
    });
    expect([grid, seed, files, listOnly]).to.deep.equal(['core', undefined, {}, false]);
    expect(read('--browser', 'node').job).to.deep.include({
      backend: 'tiled-cpu',
      reference: ['cpu'],
    });
    expect(read('--browser', 'node', '--backend', 'cpu').job.reference).to.deep.equal([]);
    expect(read('--backend', 'webgl').job.reference).to.deep.equal(['cpu']);
    expect(read('--q', id).grid).to.equal(id);
    expect(read('--grid', 'full').job.variant).to.equal('all');
    expect(read('--grid', 'full', '--backend', 'cpu').job.variant).to.equal('');
  });

  it('accepts a mask for a browser, and repeats it in the command that reruns a case', () => {
    const { job, rerun } = read('--mask', 'texture-2048');
    expect(job.mask).to.equal('texture-2048');
    expect(rerunCommand({ id, variant: null } as CaseResult, rerun)).to.include(
      ' --mask texture-2048 --q ',
    );
    const captured = read('--captured', '--browser', 'node');
    expect(captured.job.isCaptured).to.equal(true);
    expect(rerunCommand({ id, variant: null } as CaseResult, captured.rerun)).to.match(
      /^validate --captured --backend tiled-cpu /,
    );
    expect(() => read('--captured', '--backend', 'webgl')).to.throw(
      UsageError,
      '--captured needs a backend of tfjs-backend-tiled, but --backend is "webgl"',
    );
    expect(() => read('--mask', 'texture-1')).to.throw(
      UsageError,
      /^--mask is "texture-1"; it must be one of hardware, iphone, /,
    );
    expect(() => read('--browser', 'node', '--backend', 'cpu', '--mask', 'no-timer')).to.throw(
      UsageError,
      '--mask is "no-timer", but there is no WebGL to mask in node',
    );
  });

  it('accepts any backend beside a module', () => {
    const { job } = read('--backend', 'mine', '--module', 'mine.js', '--reference', 'cpu,other');
    expect(job).to.deep.include({ backend: 'mine', reference: ['cpu', 'other'] });
  });

  const wrong: readonly (readonly [what: string, argv: () => string[], message: RegExp])[] = [
    ['an option', () => ['--nosuch'], /^option --nosuch is unknown; options: --backend, /],
    ['an argument', () => ['core'], /^argument "core" is unknown; options: /],
    ['an option without value', () => ['--q'], /^--q needs a value: ID, /],
    ['a switch with a value', () => ['--list=yes'], /^--list takes no value$/],
    ['a grid', () => ['--grid', 'huge'], /^--grid is "huge"; it must be one of core, full/],
    ['a browser', () => ['--browser', 'lynx'], /^--browser is "lynx"; .* swiftshader, /],
    ['a backend', () => ['--backend', 'gl'], /^--backend is "gl"; .* tiled-webgl, .*--module/],
    [
      'a backend in node',
      () => ['--browser=node', '--backend=tiled-webgl'],
      /^--backend is "tiled-webgl"; .* in node/,
    ],
    ['a reference', () => ['--reference', 'cpu,gl'], /^--reference is "gl"; .* one of /],
    [
      'a reference that is judged',
      () => ['--backend', 'cpu', '--reference', 'webgl,cpu'],
      /^--reference is "webgl,cpu", which names the judged backend cpu$/,
    ],
    ['a variant', () => ['--variant', 'best'], /^--variant is "best"; it must be one of all, /],
    [
      'a variant of another backend',
      () => ['--backend', 'cpu', '--variant', 'all'],
      /^--variant is "all", but only tiled-webgl and tiled-cpu have variants/,
    ],
    [
      'half floats for other kernels',
      () => ['--precision', 'half', '--grid', 'softmax'],
      /^--precision is "half", which has a bound for convolutions only, but a case is softmax:/,
    ],
    ['a seed', () => ['--seed', '1.5'], /^--seed is "1\.5"; it must be a whole number/],
    ['a malformed id', () => ['--q', 'conv2d:in=1'], /^--q is "conv2d:in=1", which is no case: /],
    ['an unknown kernel', () => ['--q', id.replace('2d', '9d')], /^--q is "conv9d:.* no case: /],
    [
      'a pattern without a case',
      () => ['--q', 'conv2d:nothing*'],
      /^--q is "conv2d:nothing\*", which matches no case of the grid core or kernels; ids are like /,
    ],
    [
      'a file in no folder',
      () => ['--json', join(folder, 'nosuch', 'a.json')],
      /^--json is ".*a\.json", which cannot be written: /,
    ],
    ['a folder as a file', () => ['--html', folder], /^--html is .* it is not a file$/],
    ['an xfail list', () => ['--xfail', join(folder, 'no')], /^--xfail is .* cannot be read: /],
  ];
  for (const [what, argv, message] of wrong) {
    it(`says in one line what is wrong with ${what}`, () => {
      expect(() => read(...argv()))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.does.not.include('\n');
    });
  }

  it('names the line of an xfail list that gives no reason', () => {
    const path = join(folder, 'xfail');
    writeFileSync(path, `# all of these\n\n${id}  # known\nconv2d:*pad=1*\n`);
    expect(() => read('--xfail', path)).to.throw(
      UsageError,
      /^--xfail is ".*", whose line 4 gives no reason; write conv2d:\*pad=1\* {2}# reason$/,
    );
  });

  it('reads an xfail list with wildcards', () => {
    const path = join(folder, 'xfail');
    writeFileSync(path, `# all of these\n\n${id}  # one # two\n conv2d:*pad=1;*\t#wild\r\n`);
    const { expected, rerun } = read('--xfail', path);
    expect(expected(id)).to.equal('one # two');
    expect(expected(id.replace('pad=same', 'pad=1'))).to.equal('wild');
    expect(expected(id.replace('pad=same', 'pad=valid'))).to.equal(null);
    expect(rerun.xfail).to.equal(path);
  });

  const run = (...argv: string[]) => runValidator(folder, argv);

  it('ends with status 2 where the command line is wrong', async () => {
    for (const argv of [
      ['--nosuch'],
      ['--q', 'conv2d:in=1'],
      ['--backend', 'mine', '--browser', 'node', '--module', 'nosuch.js'],
    ]) {
      const { status, out, err } = await run(...argv);
      expect([status, out]).to.deep.equal([2, '']);
      expect(err.trimEnd()).to.match(/^[^\n]+$/);
    }
  });

  it('judges a backend in node, writes its files, and fails where it should', async () => {
    const xfail = join(folder, 'xfail');
    writeFileSync(xfail, `${id}  # nothing is wrong with it\n`);
    const where = ['--backend', 'tiled-cpu', '--browser', 'node', '--q', id];
    const good = await run(...where, '--json', 'good.json', '--junit', 'good.xml');
    expect(good.status).to.equal(0);
    expect(good.err).to.include('1/1 cases, 0 unexpected, ');
    expect(good.out).to.match(/^verdict +pass$/m);
    expect(good.out).to.match(
      /^again +npx tfjs-conv-validate --backend tiled-cpu --reference cpu --browser node --q '/m,
    );
    const report = readJson(readFileSync(join(folder, 'good.json'), 'utf8')) as ValidationReport;
    expect(report.counts).to.include({ pass: 1, xpass: 0 });
    expect(report.cases[0])
      .to.include({ id, verdict: 'pass' })
      .and.not.have.property('expectation');
    expect(readFileSync(join(folder, 'good.xml'), 'utf8')).to.include('tests="1" failures="0"');
    const bad = await run(...where, '--xfail', 'xfail', '--json', 'bad.json');
    expect(bad.status).to.equal(1);
    const marked = readJson(readFileSync(join(folder, 'bad.json'), 'utf8')) as ValidationReport;
    expect(marked.counts).to.include({ pass: 0, xpass: 1 });
    expect(marked.cases[0].expectation).to.deep.equal({
      outcome: 'xpass',
      reason: 'nothing is wrong with it',
    });
    expect(bad.out).to.match(/^verdict +xpass \(expected to fail: nothing is wrong with it\)$/m);
  });
});
