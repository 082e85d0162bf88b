/** Tests of gradients of dilated convolutions on tiled-webgl and stock webgl, and of a layers model. */
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import {
  activations,
  cases,
  expectDefinition,
  expectOpsOneByOne,
  fused,
  plain,
  withoutLeak,
} from '../../../../conformance/src/gradients/dilated.js';
import { ours, tf } from '../../../../support/setup.js';

for (const backend of ['tiled-webgl', 'webgl']) {
  describe(`all gradients of dilated convolutions on ${backend}`, () => {
    for (const [name, c] of Object.entries(cases)) {
      // Stock webgl's sums of packed depthwise convolutions begin at 1e-15.
      const offset = backend === 'webgl' && c.kernel === 'depthwiseConv2d' ? 1e-14 : 0;
      it(`are what the definition says: ${name}`, () =>
        withoutLeak(backend, () => expectDefinition(c, plain, offset)));

      if (c.dataFormat === 'NCHW' || backend === 'webgl') continue;
      it(`are what the definition says, fused: ${name}`, () =>
        withoutLeak(backend, () => expectDefinition(c, fused)));
    }
  });
}

describe('all gradients of fused depthwise convolutions on tiled-webgl', () => {
  for (const activation of activations) {
    it(`are those of the ops one by one: ${activation}`, () =>
      withoutLeak('tiled-webgl', () => expectOpsOneByOne(activation)));
  }
});

for (const backend of ours) {
  describe(`a layers model with dilated layers on ${backend}`, () => {
    it('learns', async () => {
      await tf.setBackend(backend);
      const model = tfl.sequential({
        layers: [
          tfl.layers.conv2d({
            ...{
              inputShape: [8, 8, 1],
              filters: 4,
              kernelSize: 3,
              dilationRate: 2,
              padding: 'same',
            },
            kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
          }),
          tfl.layers.conv2d({
            ...{ filters: 1, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'relu' },
            kernelInitializer: tfl.initializers.ones(),
          }),
          tfl.layers.globalAveragePooling2d({}),
        ],
      });
      model.compile({ optimizer: tf.train.sgd(0.001), loss: 'meanSquaredError' });
      const x = tf.reshape(tf.linspace(0, 1, 4 * 64), [4, 8, 8, 1]);
      const y = tf.tensor2d([1, 2, 3, 4], [4, 1]);
      const { history } = await model.fit(x, y, { epochs: 6, shuffle: false });
      const losses = history.loss as number[];
      expect(losses[5]).to.be.below(losses[0]);
      model.dispose();
      tf.dispose([x, y]);
    });
  });
}
