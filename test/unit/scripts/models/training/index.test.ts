/** Tests of the table of nets in training; test/long trains them. */
import { expect } from 'chai';
import { trainings } from '../../../../../scripts/models/training/index.js';
import { trained } from '../../../../../scripts/models/training/table.js';

describe('nets in training: table', () => {
  it('has a row for each builder, and says what it is', () => {
    expect(trained.map(({ name }) => name)).to.have.members(Object.keys(trainings));
    for (const { name, about, shape, source } of trained) {
      expect(about, name).to.match(/ by (SGD|momentum|Adam)\.$/);
      expect(source, name).to.deep.equal({ format: 'training', net: name, shape });
    }
  });
});
