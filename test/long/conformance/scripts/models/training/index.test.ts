/** Tests of nets in training on tiled-webgl. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { tiledInfo } from '../../../../../../src/index.js';
import { tiledBackend } from '../../../../../support/residencySupport.js';
import { tf } from '../../../../../support/setup.js';
import {
  expectLossOfStock,
  expectNoGrowth,
  trainingNames,
} from '../../../../../support/trainingCurves.js';

const backend = 'tiled-webgl';

/** Returns bytes in use on the GPU, bytes and textures with those that are kept for reuse, and records. */
function counts() {
  const engine = tiledBackend();
  const manager = engine.getTextureManager();
  const stock = manager.getNumUsedTextures() + manager.getNumFreeTextures();
  return {
    bytesInGPU: (tf.memory() as tf.MemoryInfo & { numBytesInGPU: number }).numBytesInGPU,
    bytesAllocated: tiledInfo(backend).gpuBytes.allocated,
    textures: stock + engine.device.planes.textures,
    held: engine.recordCount,
  };
}

for (const name of trainingNames) {
  describe(`nets in training on ${backend}: ${name}`, () => {
    it('has the loss of stock cpu after the same steps', () => expectLossOfStock(backend, name));
  });
}

describe(`nets in training on ${backend}: 200 steps`, () => {
  it('keep nothing of a step', () => expectNoGrowth(backend, 'separable', counts));
});
