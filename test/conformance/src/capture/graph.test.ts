/** Tests of captured graph models with control flow and results by value. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { loadDetector } from '../../../support/detector.js';
import { tf } from '../../../support/setup.js';
import { bitsOf } from './captureSupport.js';

const picture = (height = 12) => tf.randomUniform([1, height, 10, 3], -1, 1);

type Detect = (x: tf.Tensor) => Promise<tf.Tensor>;

async function bits(detect: Detect, x: tf.Tensor) {
  const y = await detect(x);
  const found = { shape: y.shape, bits: bitsOf(await y.data()) };
  y.dispose();
  return found;
}

for (const name of ['tiled-webgl', 'tiled-cpu']) {
  describe(`capture: a graph with control flow and non-max suppression on ${name}`, () => {
    before(() => tf.setBackend(name));

    async function withDetector(
      body: (eager: Detect, graph: Awaited<ReturnType<typeof loadDetector>>) => Promise<void>,
    ): Promise<void> {
      const { numTensors } = tf.memory();
      const graph = await loadDetector();
      await body((x) => graph.executeAsync(x) as Promise<tf.Tensor>, graph);
      graph.dispose();
      expect(tf.memory().numTensors).to.equal(numTensors);
    }

    it('is replayed with the bits of the model, and takes the height for what it is', () =>
      withDetector(async (eager, graph) => {
        const x = picture();
        const fast = await capture<tf.Tensor, Promise<tf.Tensor>>(graph, x);
        expect(fast.info).to.include({ captured: true, reason: null });
        // Again and again, a picture of another height has limits of its own.
        for (const height of [12, 12, 14, 14, 14, 14, 14, 12, 12]) {
          const other = picture(height);
          expect(await bits(fast.predict, other), `${height}`).to.deep.equal(
            await bits(eager, other),
          );
          other.dispose();
        }
        expect(fast.info.replays).to.be.above(2);
        fast.dispose();
        x.dispose();
      }));

    it('holds as many tensors after many predictions as after the first', () =>
      withDetector(async (_, graph) => {
        const x = picture();
        const fast = await capture<tf.Tensor, Promise<tf.Tensor>>(graph, x);
        const { numTensors, numDataBuffers } = tf.memory();
        for (let i = 0; i < 20; i++) (await fast.predict(x)).dispose();
        expect(tf.memory()).to.include({ numTensors, numDataBuffers });
        fast.dispose();
        x.dispose();
      }));
  });
}
