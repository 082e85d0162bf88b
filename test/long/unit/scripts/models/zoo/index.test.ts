/** Tests of the zoo's nets that take long on stock cpu, at small sizes. */
import type { ZooName } from '../../../../../../scripts/models/zoo/index.js';
import { expectSameOnCPU } from '../../../../../support/zooNet.js';

const small: Partial<Record<ZooName, readonly number[]>> = {
  'unet-resized': [1, 16, 16, 3],
  'deeplab-v3-plus': [1, 16, 16, 3],
  'densenet-121': [1, 32, 32, 3],
  'resnet-50': [1, 32, 32, 3],
  'convnext-t': [1, 32, 32, 3],
  crnn: [1, 32, 16, 1],
  'resnet-18-nchw': [1, 3, 32, 32],
};

describe('zoo: large nets', () => {
  for (const [name, shape] of Object.entries(small)) {
    it(`${name} on stock cpu and on tiled-cpu`, () => expectSameOnCPU(name as ZooName, shape));
  }
});
