/** Tests of weights in uniform blocks, on devices that take such variants first. */
import { expect } from 'chai';
import { masks } from '../../../../../scripts/webgl/masks.js';
import { capture, type TiledWebGLBackend, tiledInfo, trim } from '../../../../../src/index.js';
import { onOwnBackend } from '../../../../support/ownBackend.js';
import { tf } from '../../../../support/setup.js';

const name = 'tiled-blocks';

const random = (...shape: [number, number, number, number]) =>
  tf.randomUniform(shape, -1, 1) as tf.Tensor4D;

const onPhone = (body: (backend: TiledWebGLBackend) => Promise<void> | void) =>
  onOwnBackend(name, masks['android-mali'].apply, body);

/** Returns the number of draws, and of invalidated targets, that `body` makes. */
async function countCalls(
  { device: { gl } }: TiledWebGLBackend,
  body: () => Promise<unknown>,
): Promise<{ draws: number; invalidated: number }> {
  const counts = { draws: 0, invalidated: 0 };
  const { drawArrays, invalidateFramebuffer } = gl;
  gl.drawArrays = (...given) => {
    counts.draws++;
    drawArrays.apply(gl, given);
  };
  gl.invalidateFramebuffer = (...given) => {
    counts.invalidated++;
    invalidateFramebuffer.apply(gl, given);
  };
  try {
    await body();
  } finally {
    Object.assign(gl, { drawArrays, invalidateFramebuffer });
  }
  return counts;
}

const pair = ([a, b]: readonly tf.Tensor[]): [tf.Tensor, tf.Tensor] => [a, b];

/** Returns the largest difference of two arrays. */
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe('weights in uniform blocks', () => {
  it('are drawn one group of slices after the other, in every image of a batch', () =>
    onPhone(async (backend) => {
      const [x, w] = [random(3, 40, 40, 16), random(3, 3, 16, 32)];
      const y = tf.conv2d(x, w, 1, 'same');
      const { draws } = await countCalls(backend, () => y.data());
      const [variant] = Object.keys(tiledInfo(name).variants.Conv2D);
      expect(variant).to.match(/^block-/);
      const slices = Number(variant.split('x').at(-1));
      // The known-answer test, the groups of each image, and the pass that a read decodes by.
      expect(draws).to.be.at.least(3 * (8 / slices) + 1);
      await tf.setBackend('cpu');
      const truth = tf.conv2d(x, w, 1, 'same');
      expect(tf.max(tf.abs(tf.sub(truth, y))).dataSync()[0]).to.be.below(1e-4);
      tf.dispose([x, w, y, truth]);
    }));

  it('are freed with their filter, and by trim()', () =>
    onPhone(async (backend) => {
      const { weights } = backend.device;
      const [x, w] = [random(1, 40, 40, 16), random(3, 3, 16, 32)];
      const before = tf.memory() as unknown as { numBytesInGPU: number };
      (await tf.conv2d(x, w, 1, 'same').data()).slice();
      expect(weights.count).to.equal(1);
      expect(weights.bytesAllocated).to.be.at.least(4 * w.size);
      const after = tf.memory() as unknown as { numBytesInGPU: number };
      expect(after.numBytesInGPU - before.numBytesInGPU).to.be.at.least(weights.bytesAllocated);
      trim(name);
      expect([weights.count, weights.bytesAllocated]).to.deep.equal([0, 0]);
      (await tf.conv2d(x, w, 1, 'same').data()).slice();
      expect(weights.count).to.equal(1);
      w.dispose();
      expect(weights.count).to.equal(0);
      x.dispose();
    }));

  it('are left to textures if the filter is computed on the device', () =>
    onPhone(async ({ device }) => {
      const y = tf.tidy(() => {
        const w = tf.cumsum(tf.add(random(3, 3, 16, 32), random(3, 3, 16, 32)), 3);
        return tf.conv2d(random(1, 40, 40, 16), w as tf.Tensor4D, 1, 'same');
      });
      await y.data();
      expect(device.weights.count).to.equal(0);
      expect(Object.keys(tiledInfo(name).variants.Conv2D)[0]).to.match(/^direct-/);
      expect(tiledInfo(name).ladder).to.deep.equal([]);
      y.dispose();
    }));

  it('of a depthwise filter are in one block, or in as few draws as its parts', () =>
    onOwnBackend(
      name,
      (gl) => {
        masks['android-adreno'].apply(gl);
        const { getParameter } = gl;
        gl.getParameter = (what) =>
          what === gl.MAX_UNIFORM_BLOCK_SIZE ? 16_384 : getParameter.call(gl, what);
      },
      async (backend) => {
        backend.runner.forcedVariant = 'depthwise-block-4x2x1';
        // A block of 16 KB has room for the weights of 113 slices, and a part has 64 of them.
        for (const [channels, parts] of [
          [100, 1],
          [600, 3],
        ]) {
          const [x, w] = [random(2, 6, 7, channels), random(3, 3, channels, 1)];
          (await tf.depthwiseConv2d(x, w, 1, 'same').data()).slice();
          const model = (x: tf.Tensor) => tf.depthwiseConv2d(x as tf.Tensor4D, w, 1, 'same');
          const fast = await capture(model, x, { backend: name });
          const y = fast.predict(x) as tf.Tensor;
          const again = model(x);
          const { draws } = await countCalls(backend, async () => {
            backend.flush();
          });
          expect(draws).to.be.within(parts, 2 * 3 * parts);
          expect(await y.data()).to.deep.equal(await again.data());
          await tf.setBackend('cpu');
          const truth = tf.depthwiseConv2d(x, w, 1, 'same');
          expect(tf.max(tf.abs(tf.sub(truth, y))).dataSync()[0]).to.be.below(1e-5);
          await tf.setBackend(name);
          fast.dispose();
          tf.dispose([x, w, y, again, truth]);
        }
        const variants = Object.keys(tiledInfo(name).variants.DepthwiseConv2dNative);
        expect(variants).to.deep.equal(['depthwise-block-4x2x1']);
        expect(tiledInfo(name).ladder).to.deep.equal([]);
      },
    ));

  it('of a depthwise filter have its bias beside them, whose change is seen, also when recorded', () =>
    onOwnBackend(name, masks['android-adreno'].apply, async (backend) => {
      const { weights } = backend.device;
      backend.runner.forcedVariant = 'depthwise-block-4x2x1';
      const [x, w] = [random(2, 6, 7, 10), random(3, 3, 10, 1)];
      const bias = () => tf.randomUniform([10], -1, 1);
      const variables = [0, 1].map(() => tf.tidy(() => tf.variable(bias())));
      const fused = (x: tf.Tensor, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter,
          strides: 1,
          pad: 'same',
          bias,
          activation: 'relu6',
        });
      const model = (x: tf.Tensor) =>
        tf.tidy(() => tf.add(fused(x, w, variables[0]), fused(x, w, variables[1])));
      const isRight = async (y: tf.Tensor) => {
        const found = await y.data();
        const inputs = [x, w, ...variables].map((t) => tf.tensor(t.dataSync(), t.shape));
        await tf.setBackend('cpu');
        const [cpuX, cpuW, ...biases] = inputs as [tf.Tensor4D, tf.Tensor4D, ...tf.Tensor[]];
        const truth = tf.tidy(() => tf.add(...pair(biases.map((bias) => fused(cpuX, cpuW, bias)))));
        expect(worst(found, truth.dataSync())).to.be.below(1e-5);
        tf.dispose([y, truth, ...inputs]);
        await tf.setBackend(name);
      };
      await isRight(model(x));
      // One buffer for each bias, because a draw sees one block.
      expect(weights.count).to.equal(2);
      tf.tidy(() => variables[1].assign(bias()));
      expect(weights.count).to.equal(1);
      await isRight(model(x));
      const fast = await capture(model, x, { backend: name });
      expect(fast.info.reason).to.equal(null);
      await isRight(fast.predict(x) as tf.Tensor);
      expect(fast.info.replays).to.equal(1);
      tf.tidy(() => variables[0].assign(bias()));
      await isRight(fast.predict(x) as tf.Tensor);
      expect(fast.info.dropped).to.not.deep.equal({});
      fast.dispose();
      expect(weights.count).to.equal(2);
      w.dispose();
      expect(weights.count).to.equal(0);
      backend.runner.forcedVariant = null;
      tf.dispose([x, ...variables]);
      expect(tiledInfo(name).ladder).to.deep.equal([]);
    }));

  it('and a bias that is computed on the device are left to textures', () =>
    onOwnBackend(name, masks['android-adreno'].apply, async ({ device }) => {
      const y = tf.tidy(() => {
        const bias = tf.cumsum(tf.add(random(1, 1, 1, 8), random(1, 1, 1, 8)), 3);
        return tf.fused.depthwiseConv2d({
          x: random(1, 6, 7, 8),
          filter: random(3, 3, 8, 1),
          strides: 1,
          pad: 'same',
          bias: tf.reshape(bias, [8]),
        });
      });
      await y.data();
      expect(device.weights.count).to.equal(0);
      expect(Object.keys(tiledInfo(name).variants.FusedDepthwiseConv2D)[0]).to.not.match(/block/);
      expect(tiledInfo(name).ladder).to.deep.equal([]);
      y.dispose();
    }));

  it('are seen by recorded draws, until the filter is disposed of', () =>
    onPhone(async (backend) => {
      const filters = [random(3, 3, 8, 16), random(1, 1, 16, 24)];
      const model = (x: tf.Tensor) =>
        tf.tidy(() => {
          const y = tf.relu(tf.conv2d(x as tf.Tensor4D, filters[0], 1, 'same'));
          return tf.conv2d(y, filters[1], 1, 'same');
        });
      const example = random(2, 33, 35, 8);
      const fast = await capture(model, example, { backend: name });
      expect(fast.info.reason).to.equal(null);
      for (let i = 0; i < 3; i++) {
        const x = random(2, 33, 35, 8);
        const [found, expected] = [fast.predict(x), model(x)];
        expect(await found.data()).to.deep.equal(await expected.data());
        tf.dispose([x, found, expected]);
      }
      expect(fast.info.replays).to.equal(3);
      const x = random(2, 33, 35, 8);
      const calls = await countCalls(backend, async () => {
        const y = fast.predict(x);
        await y.data();
        y.dispose();
      });
      expect(calls.draws).to.be.at.least(7);
      expect(calls.invalidated).to.be.above(1);
      filters[1].dispose();
      filters[1] = random(1, 1, 16, 24);
      const [found, expected] = [fast.predict(x), model(x)];
      expect(await found.data()).to.deep.equal(await expected.data());
      expect(fast.info.dropped).to.not.deep.equal({});
      fast.dispose();
      tf.dispose([example, x, found, expected, ...filters]);
    }));
});
