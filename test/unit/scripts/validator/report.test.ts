/** Tests of the validator's output: marks, tables, JUnit, and the command that reruns a case. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { type Rerun, rerunCommand } from '../../../../scripts/validator/command/rerun.js';
import { describeResult } from '../../../../scripts/validator/report/describe.js';
import { junitXml } from '../../../../scripts/validator/report/junit.js';
import {
  failureLines,
  familyTable,
  reportText,
} from '../../../../scripts/validator/report/terminal.js';
import {
  type CaseResult,
  countResults,
  familyOf,
  isUnexpected,
  outcomeOf,
  parseCaseId,
  type Verdict,
  withReason,
} from '../../../../src/validator/index.js';

const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';

function resultOf(verdict: Verdict, given: Partial<CaseResult> = {}): CaseResult {
  const isWrong = verdict === 'backendWrong' || verdict === 'bothWrong';
  const of = given.id ?? id;
  return {
    id: of,
    family: familyOf(parseCaseId(of)),
    variant: null,
    verdict,
    error: verdict === 'skipped' ? null : isWrong ? 12.345 : 0.25,
    stockError: { cpu: 0.125 },
    message: 'a message',
    first: isWrong ? { at: [0, 1, 2, 3], actual: 9, expected: 2, bound: 0.5, units: 14 } : null,
    ms: 2,
    ...given,
  };
}

const rerun: Rerun = {
  command: 'validate',
  backend: 'mine',
  reference: ['webgl', 'cpu'],
  browser: 'firefox',
};

describe('validate: known failures', () => {
  it('mark failures and passes, and leave the rest', () => {
    const verdicts: Verdict[] = ['pass', 'backendWrong', 'stockWrong', 'bothWrong', 'skipped'];
    const marked = verdicts.map((verdict) => withReason(resultOf(verdict), 'why'));
    expect(marked.map(outcomeOf)).to.deep.equal(['xpass', 'xfail', 'xpass', 'xfail', 'skipped']);
    expect(marked.map(isUnexpected)).to.deep.equal([true, false, true, false, false]);
    expect(marked[1]).to.deep.include({
      verdict: 'backendWrong',
      expectation: { outcome: 'xfail', reason: 'why' },
    });
    expect(marked[4]).to.not.have.property('expectation');
    expect(countResults(marked)).to.include({ xpass: 2, xfail: 2, skipped: 1, pass: 0 });
    const plain = resultOf('backendWrong');
    expect(withReason(plain, null)).to.equal(plain);
  });
});

describe('validate: command that reruns', () => {
  it('holds everything that the case depends on', () => {
    const result = resultOf('backendWrong', { variant: 'direct-8x1x1' });
    const command = rerunCommand(result, { ...rerun, module: 'mine.js', xfail: 'known.txt' });
    expect(command).to.equal(
      'validate --module mine.js --backend mine --reference webgl,cpu --browser firefox ' +
        `--variant direct-8x1x1 --xfail known.txt --q '${id}'`,
    );
  });

  it('leaves out options that the run did not have', () => {
    const command = rerunCommand(resultOf('backendWrong'), { ...rerun, reference: [] });
    expect(command).to.equal(`validate --backend mine --browser firefox --q '${id}'`);
  });

  it('survives the quoting of a shell', function () {
    if (process.platform === 'win32') this.skip();
    const module = "it's a $HOME `dir`/a b.js";
    const command = rerunCommand(resultOf('pass'), { ...rerun, command: "printf '%s|'", module });
    const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('|');
    expect(words.slice(0, 2)).to.deep.equal(['--module', module]);
    expect(words.slice(-3)).to.deep.equal(['--q', id, '']);
  });
});

describe('validate: terminal', () => {
  const other = id.replace('conv2d', 'depthwiseConv2d').replace('3x3x2x4', '3x3x2x1');

  it('counts by family, and sums', () => {
    const results = [
      resultOf('pass'),
      withReason(resultOf('backendWrong'), 'why'),
      resultOf('skipped', { id: other, stockError: { cpu: null } }),
    ];
    const rows = familyTable(results, ['cpu'])
      .split('\n')
      .map((line) => line.trim().split(/ +/));
    const [head, , conv, depthwise, all] = rows;
    const of = (row: string[]) => Object.fromEntries(head.map((name, i) => [name, row[i]]));
    expect(of(conv)).to.include({ family: 'conv2d', pass: '1', xfail: '1', backendWrong: '0' });
    expect(of(conv)).to.include({ worst: '12.3', cpu: '0.125' });
    expect(of(depthwise)).to.include({ skipped: '1', worst: '-', cpu: '-' });
    expect(of(all)).to.include({ family: 'all', pass: '1', xfail: '1', skipped: '1' });
  });

  it('lists what fails the run, with its reason, then what stock gets wrong', () => {
    const wrong = resultOf('backendWrong', { variant: 'general' });
    const results = [
      resultOf('pass'),
      resultOf('stockWrong', { message: 'cpu: off' }),
      withReason(resultOf('backendWrong'), 'known'),
      wrong,
      withReason(resultOf('pass'), 'thought wrong'),
    ];
    expect(failureLines(results, rerun)).to.deep.equal([
      `backendWrong ${id} [general]: a message`,
      `xpass ${id}: a message (expected to fail: thought wrong)`,
      `stockWrong ${id}: cpu: off`,
      `again, the first alone: ${rerunCommand(wrong, rerun)}`,
    ]);
    expect(failureLines([resultOf('pass')], rerun)).to.deep.equal([]);
  });

  it('says how many it does not list', () => {
    const many = (verdict: Verdict, count: number) =>
      Array.from({ length: count }, () => resultOf(verdict));
    const lines = failureLines([...many('bothWrong', 25), ...many('stockWrong', 8)], rerun);
    expect(lines.filter((line) => line.startsWith('bothWrong'))).to.have.length(20);
    expect(lines[20]).to.equal('... and 5 more; --json FILE has them all');
    expect(lines).to.include('... and 5 more that a reference gets wrong');
  });

  it('describes a single case in full', () => {
    const text = describeResult(withReason(resultOf('backendWrong'), 'why'), rerun);
    for (const line of [
      `case      ${id}`,
      'inputs    x [1, 5, 5, 2]  filter [3, 3, 2, 4]',
      'output    [1, 5, 5, 4]',
      'verdict   xfail (expected to fail: why)',
      'error     12.3 of the bound',
      'cpu       0.125 of the bound',
      'first bad [0, 1, 2, 3]',
      'expected  1.5 to 2.5',
      'got       9, off by 14.0 times the bound',
    ]) {
      expect(text.split('\n')).to.include(line);
    }
    const none = resultOf('skipped', { stockError: { wasm: null } });
    expect(describeResult(none, rerun)).to.include('wasm      took no part');
  });

  it('is a table for a run and the facts for a case', () => {
    const cases = [resultOf('pass')];
    const report = {
      device: { userAgent: 'an agent', renderer: 'a GPU', backend: 'mine', reference: ['cpu'] },
      versions: { tfjs: '', package: '' },
      seed: 1,
      grid: 'core',
      counts: countResults(cases),
      cases,
    };
    expect(reportText(report, rerun, false)).to.match(/^family.*\nmine on a GPU \(an agent\)$/s);
    expect(reportText(report, rerun, true)).to.equal(describeResult(cases[0], rerun));
  });
});

describe('validate: JUnit', () => {
  it('counts by family, and escapes', () => {
    const results = [
      resultOf('pass', { variant: 'general' }),
      resultOf('backendWrong', { message: 'a < "b" & \u0007c >' }),
      withReason(resultOf('bothWrong'), 'why'),
      withReason(resultOf('pass'), 'why not'),
      resultOf('skipped'),
    ];
    const xml = junitXml('mine', results);
    expect(xml).to.include(
      '<testsuite name="mine conv2d" tests="5" failures="2" errors="0" skipped="2" time="0.010">',
    );
    const cases = xml.split('\n').filter((line) => line.includes('<testcase'));
    expect(cases[0]).to.match(/name="[^"]* \[general\]" time="0\.002"\/>$/);
    expect(cases[1]).to.include(
      '<failure message="backendWrong: a &lt; &quot;b&quot; &amp; c &gt;"/>',
    );
    expect(cases[2]).to.include('<skipped message="xfail: a message (expected to fail: why)"/>');
    expect(cases[3]).to.include(
      '<failure message="xpass: a message (expected to fail: why not)"/>',
    );
    expect(cases[4]).to.include('<skipped message="skipped: a message"/>');
    expect(xml.match(/</g)).to.have.length((xml.match(/>/g) ?? []).length);
  });
});
