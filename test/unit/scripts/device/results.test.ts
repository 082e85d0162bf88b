import { expect } from 'chai';
import {
  type DeviceReport,
  fileName,
  isReport,
  type JobResult,
  newReport,
  reportText,
  withJob,
} from '../../../../scripts/device/results.js';
import { leftText, partDone, secondsLeft } from '../../../../scripts/device/timeLeft.js';

const report = newReport('1.2.3', 'full', new Date('2026-05-04T03:02:01Z'));
const job = (id: string, more: Partial<JobResult> = {}): JobResult => ({
  id,
  part: 'check',
  state: 'done',
  seconds: 1,
  wasHidden: false,
  ...more,
});

describe('device report', () => {
  it('has one result for each job, the last one', () => {
    const twice = withJob(withJob(report, job('a', { state: 'failed' })), job('a'));
    expect(twice.jobs).to.deep.equal([job('a')]);
    expect(withJob(twice, job('b')).jobs.map(({ id }) => id)).to.deep.equal(['a', 'b']);
    expect(report.jobs).to.deep.equal([]);
  });

  it('is one line of JSON, with as many digits as mean something', () => {
    const result = { ms: 1.23456789, count: 1234567, worst: Infinity, none: null };
    const text = reportText(withJob(report, job('a', { result })));
    expect(text).to.not.include('\n');
    const read = JSON.parse(text) as DeviceReport;
    expect(read.jobs[0].result).to.deep.equal({
      ms: 1.2346,
      count: 1234567,
      worst: 'Infinity',
      none: null,
    });
    expect(isReport(read)).to.equal(true);
    for (const other of [null, undefined, {}, [], 'text', { kind: read.kind, format: 2 }]) {
      expect(isReport(other)).to.equal(false);
    }
  });

  it('has a file name of the day and the renderer, whatever that is', () => {
    expect(fileName(report)).to.equal('tiled-2026-05-04-unknown-device.json');
    const result = { renderer: 'ANGLE (Apple, M9/x "Pro": ../..)' };
    const named = withJob(report, job('device', { part: 'device', result }));
    expect(fileName(named)).to.equal('tiled-2026-05-04-angle-apple-m9-x-pro.json');
  });
});

describe('time left', () => {
  it('is the usual one at first, and then what this device takes', () => {
    const shares = (done: number) => [
      { seconds: 100, done },
      { seconds: 300, done: 0 },
    ];
    expect(secondsLeft(shares(0), 0)).to.equal(400);
    // Twice as slow as usual.
    expect(secondsLeft(shares(1), 200)).to.be.within(550, 600);
    expect(secondsLeft([{ seconds: 10, done: 1 }], 7)).to.equal(0);
    expect(partDone(shares(0.5))).to.equal(0.125);
    expect(partDone([])).to.equal(1);
  });

  it('is told in words', () => {
    expect([3, 10, 31, 58, 89, 91, 600].map(leftText)).to.deep.equal([
      'a few seconds left',
      'about 10 s left',
      'about 40 s left',
      'about 1 min left',
      'about 1 min left',
      'about 2 min left',
      'about 10 min left',
    ]);
  });
});
