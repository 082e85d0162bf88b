import { expect } from 'chai';
import { partNames, partTitles } from '../../../../scripts/device/parts.js';
import { newReport } from '../../../../scripts/device/results.js';
import { summaryOf } from '../../../../scripts/device/summary.js';
import { toHTML } from '../../../../scripts/report/html.js';
import { deviceReport } from './deviceReport.js';

const report = deviceReport((name) => name);

/** Returns the text of a part's card; empty if there is none. */
function cardOf(part: keyof typeof partTitles, of = report): string {
  const title = `<h2>${partTitles[part]}</h2>`;
  return (
    summaryOf(of)
      .map(toHTML)
      .find((text) => text.includes(title)) ?? ''
  );
}

describe('summary of a device report', () => {
  it('says of each part what was found', () => {
    expect(summaryOf(report)).to.have.length(partNames.length);
    expect(cardOf('device')).to.include('family, values stored as half').and.include('RGBA32F 8');
    expect(cardOf('check'))
      .to.include('1 of 8 convolutions are wrong')
      .and.include('Stock webgl is wrong in 2 of them')
      .and.include('backendWrong: case: message')
      .and.include('in the background');
    expect(cardOf('layers')).to.include('2.00x').and.include('broken: error');
    expect(cardOf('variants')).to.include('within 10% of the best on 100% of 1 layers');
    expect(cardOf('nets')).to.include('6.00 ms').and.include('net on cpu: reason');
    expect(cardOf('host')).to.include('<h3>net</h3>').and.include('<td>30</td>');
  });

  it('names what failed, and keeps what there was', () => {
    expect(cardOf('nets')).to.include('nets/lost failed: no memory');
    const jobs = report.jobs.map((job) => {
      if (job.id !== 'layers') return job;
      const { result, ...rest } = job;
      return { ...rest, state: 'failed' as const, error: 'lost\nstack', partial: result };
    });
    const text = cardOf('layers', { ...report, jobs });
    expect(text).to.include('layers failed: lost<').and.include('2.00x');
  });

  it('is empty before anything is measured', () => {
    expect(summaryOf(newReport('1.0.0', 'full', new Date()))).to.deep.equal([]);
  });
});
