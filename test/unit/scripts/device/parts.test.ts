import { expect } from 'chai';
import { layers } from '../../../../scripts/bench/layers.js';
import {
  jobsOf,
  netsOfPage,
  partNames,
  partTitles,
  type Results,
} from '../../../../scripts/device/parts.js';
import { netNames } from '../../../../scripts/models/nets.js';
import { benchRow, failedRow } from '../bench/benchResult.js';

describe('parts of the device page', () => {
  it('have jobs with ids of their own, part after part', () => {
    for (const amount of ['full', 'quick'] as const) {
      const jobs = jobsOf(amount);
      expect(new Set(jobs.map(({ id }) => id)).size).to.equal(jobs.length);
      const parts = jobs.map(({ part }) => partNames.indexOf(part));
      expect(parts).to.deep.equal([...parts].sort((a, b) => a - b));
      expect(new Set(parts).size).to.equal(partNames.length);
    }
    expect(Object.values(partTitles)).to.not.include('');
  });

  it('run all layers of the suite, and nets that there are', () => {
    const query = jobsOf('full')
      .find(({ id }) => id === 'layers')
      ?.query({});
    const { only } = query as Record<string, string>;
    expect(layers.filter(({ id }) => new RegExp(only).test(id))).to.deep.equal(layers);
    expect(netNames).to.include.members(netsOfPage);
  });

  it('time every variant of layers that were right and quick only', () => {
    const variants = jobsOf('full').find(({ id }) => id === 'variants')!;
    const rows = [
      benchRow('fast', 'webgl', 2, { ms: 2, vsMs: 4 }),
      benchRow('slow', 'webgl', 2, { ms: 200, vsMs: 400 }),
      failedRow('failed', 'webgl', 'an error'),
    ];
    const query = variants.query({ layers: { rows } } as Results) as Record<string, string>;
    expect(query).to.include({ page: 'bench', variant: 'all', only: '^(fast)$' });
    expect(variants.query({})).to.equal('no layer took less than 50 ms');
    expect(variants.query({ layers: { rows: rows.slice(1) } })).to.be.a('string');
  });
});
