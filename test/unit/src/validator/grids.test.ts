import { expect } from 'chai';
import {
  caseId,
  contradictionIn,
  coreGrid,
  familyNames,
  familyOf,
  fullGrid,
  type GridName,
  grids,
  parseCaseId,
} from '../../../../src/validator/index.js';

const ids = (name: GridName) => [...grids[name]()].map(caseId);

describe('grids by name', () => {
  const full = ids('full');

  it('have at least 600 cases in core and 4000 in full, and none twice', () => {
    for (const [name, least] of [
      ['core', 600],
      ['full', 4000],
    ] as const) {
      const own = ids(name);
      expect(own.length, name).to.be.at.least(least);
      expect(new Set(own).size, name).to.equal(own.length);
    }
  });

  it('have every case of core in full', () => {
    const all = new Set(full);
    expect([...coreGrid()].map(caseId).filter((id) => !all.has(id))).to.deep.equal([]);
  });

  it('have cases of every family in core or kernels, and a grid of each that is its part of all', () => {
    const small = new Set([...coreGrid(), ...grids.kernels()].map(familyOf));
    let sum = 0;
    for (const family of familyNames) {
      expect(small.has(family), family).to.equal(true);
      const own = [...grids[family]()];
      expect(own.every((c) => familyOf(c) === family)).to.equal(true);
      sum += own.length;
    }
    expect(sum).to.equal(full.length + ids('kernels').length);
    expect(ids('all')).to.have.length(sum);
  });

  it('have cases without contradictions, which their ids parse to', () => {
    for (const c of fullGrid()) {
      const id = caseId(c);
      expect(contradictionIn(c), id).to.equal(null);
      expect(caseId(parseCaseId(id))).to.equal(id);
    }
  });
});
