/** Tests of the zoo's nets at small sizes; test/long has those that take long on stock cpu. */
import { expect } from 'chai';
import { builders, type ZooName } from '../../../../../scripts/models/zoo/index.js';
import { zoo } from '../../../../../scripts/models/zoo/table.js';
import { expectSameOnCPU } from '../../../../support/zooNet.js';

const picture = (side: number) => [1, side, side, 3];

const small: Partial<Record<ZooName, readonly number[]>> = {
  'mobilenet-v3-small': picture(32),
  'efficientnet-b0': picture(32),
  'shufflenet-v2': picture(32),
  'unet-transposed': picture(16),
  yolov8n: picture(32),
  'style-transfer': picture(12),
  'mobilevit-xxs': picture(64),
  'audio-m5': [1, 1024, 1],
  'mobilefacenet-prelu': picture(16),
  'mobilefacenet-abs': picture(16),
  'mobilefacenet-relu': picture(16),
  ssdlite: picture(32),
};

describe('zoo: nets', () => {
  for (const [name, shape] of Object.entries(small)) {
    it(`${name} on stock cpu and on tiled-cpu`, () => expectSameOnCPU(name as ZooName, shape));
  }
});

describe('zoo: table', () => {
  it('has a row for each builder, and says what it is', () => {
    expect(zoo.map(({ name }) => name)).to.have.members(Object.keys(builders));
    for (const { name, about, shape, source } of zoo) {
      expect(about, name).to.match(/\.$/);
      expect(source, name).to.deep.equal({ format: 'code', net: name, shape });
    }
  });
});
