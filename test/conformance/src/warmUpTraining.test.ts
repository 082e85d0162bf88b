/** Tests of warmUp() for training: what it compiles, and that weights and optimizer stay as they are. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { warmUp } from '../../../src/index.js';
import { fractions, stream } from '../../../src/validator/index.js';
import { tiledBackend } from '../../support/residencySupport.js';
import { ours, tf } from '../../support/setup.js';

const CLASSES = 4;
const shape: [number, number, number, number] = [2, 6, 7, 3];

/** Makes a net with weights that a step trains, and some that it changes by itself. */
function makeNet(): Sequential {
  const seeded = (seed: number) => ({ kernelInitializer: initializers.glorotUniform({ seed }) });
  return sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, inputShape: shape.slice(1), ...seeded(1) }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: CLASSES, activation: 'softmax', ...seeded(2) }),
    ],
  });
}

const input = () => tf.tensor4d(fractions(stream(1, 'x'), tf.util.sizeFromShape(shape)), shape);

const labels = () => tf.tensor2d([0, 1, 0, 0, 0, 0, 0, 1], [2, CLASSES]);

/** Returns loss and weights after a step of training. */
async function trained(net: Sequential, y: tf.Tensor): Promise<number[][]> {
  const x = input();
  const told = await net.trainOnBatch(x, y);
  tf.dispose([x, y]);
  const weights = await Promise.all(net.getWeights().map((weight) => weight.data()));
  return [[told].flat(), ...weights.map((values) => [...values])];
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );
}

for (const backend of ours) {
  describe(`warmUp for training on ${backend}`, () => {
    beforeEach(() => tf.setBackend(backend));

    for (const [name, make] of Object.entries({
      sgd: () => tf.train.sgd(0.1),
      momentum: () => tf.train.momentum(0.1, 0.9),
      adam: () => tf.train.adam(0.1),
    })) {
      it(`leaves weights and optimizer as they are: ${name}`, async () => {
        const loss = 'categoricalCrossentropy';
        const twins = [makeNet(), makeNet()];
        const optimizers = twins.map((): tf.Optimizer => make());
        for (const [i, net] of twins.entries()) net.compile({ optimizer: optimizers[i], loss });
        const [warm, cold] = twins;
        const x = input();
        const ids = warm.getWeights().map(({ dataId }) => dataId);
        const state = await optimizers[0].getWeights();
        const before = tf.memory();
        await warmUp(warm, x, { train: true });
        const { numTensors, numDataBuffers } = tf.memory();
        expect([numTensors, numDataBuffers]).to.deep.equal([
          before.numTensors,
          before.numDataBuffers,
        ]);
        expect(warm.getWeights().map(({ dataId }) => dataId)).to.deep.equal(ids);
        const after = await optimizers[0].getWeights();
        expect(after.length).to.equal(state.length);
        expect(await trained(warm, labels())).to.deep.equal(await trained(cold, labels()));
        for (const [i, net] of twins.entries()) {
          net.dispose();
          optimizers[i].dispose();
        }
        tf.dispose([x, state.map(({ tensor }) => tensor), after.map(({ tensor }) => tensor)]);
      });
    }

    it('takes a loss of class numbers, metrics, and inputs by name', async () => {
      const net = makeNet();
      const [loss, metrics] = ['sparseCategoricalCrossentropy', ['accuracy']];
      net.compile({ optimizer: 'rmsprop', loss, metrics });
      const x = input();
      const before = tf.memory().numTensors;
      await warmUp(net, x, { train: true });
      await warmUp(net, [x], { train: true });
      await warmUp(net, { [net.inputNames[0]]: x } as never, { train: true });
      expect(tf.memory().numTensors).to.equal(before);
      const numbers = tf.tensor2d([1, 3], [2, 1]);
      const [[value, accuracy]] = await trained(net, numbers);
      expect(value).to.be.above(0);
      expect(accuracy).to.be.within(0, 1);
      net.dispose();
      x.dispose();
    });

    it('says what is wrong with the model or the inputs, and leaves no tensor', async () => {
      const net = makeNet();
      const x = input();
      const before = tf.memory().numTensors;
      const train = true;
      expect(await refusal(warmUp(net, x, { train }))).to.match(
        /^warmUp: model must be compiled before it is trained; call model.compile/,
      );
      expect(await refusal(warmUp((t: tf.Tensor) => t, x, { train }))).to.equal(
        'warmUp: model must be a LayersModel to be trained; got Function',
      );
      expect(await refusal(warmUp(net, x, { train: 'yes' as never }))).to.equal(
        'warmUp: train must be true or false; got yes',
      );
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const compiled = tf.memory().numTensors;
      expect(await refusal(warmUp(net, [x, x], { train }))).to.match(
        /^warmUp: inputs must be a tensor for each input of the model: .*; got \[2,6,7,3\], \[2,6,7,3\]$/,
      );
      const wrong = tf.zeros([2, 6, 7, 5]);
      expect(await refusal(warmUp(net, wrong, { train }))).to.match(/shape|channels|dimension/i);
      wrong.dispose();
      expect(tf.memory().numTensors).to.equal(compiled);
      net.dispose();
      expect(tf.memory().numTensors).to.be.below(before);
      x.dispose();
    });
  });
}

describe('a step of training after warmUp on tiled-webgl', () => {
  it('links no program', async () => {
    await tf.setBackend('tiled-webgl');
    const net = makeNet();
    net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const x = input();
    const { programs } = await warmUp(net, x, { train: true });
    expect(programs).to.be.above(0);
    const { gl } = tiledBackend().gpgpu;
    const { linkProgram } = gl;
    let linked = 0;
    gl.linkProgram = (program) => {
      linked++;
      linkProgram.call(gl, program);
    };
    const y = labels();
    try {
      await net.trainOnBatch(x, y);
    } finally {
      gl.linkProgram = linkProgram;
    }
    y.dispose();
    expect(linked, 'programs linked by a step').to.equal(0);
    net.dispose();
    x.dispose();
  });
});
