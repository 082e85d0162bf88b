/** Tests that a tensor in planes behaves as any tensor: shared, sliced, read, counted and freed. */
import { expect } from 'chai';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  tiledBackend,
  wholeNumbers,
} from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';
import { shape as inputShape, makeInput } from '../wholeConvolution.js';

/**
 * Returns element n of a batch as part of its data, by a stock slice, because our slice accepts no
 * tensor of rank 2.
 */
function shallowSlice(x: tf.Tensor4D, n: number): tf.Tensor4D {
  const [batch, ...image] = x.shape;
  return tf.tidy(() => {
    const part = tf.slice(tf.reshape(x, [batch, -1]), [n, 0], [1, -1]);
    return tf.reshape(part, [1, ...image]) as tf.Tensor4D;
  });
}

const shape: [number, number, number, number] = [2, 5, 9, 6];

describe('residency on tiled-webgl: sharing', () => {
  it('reshape shares the data, without a new buffer, with the right values in either shape', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const buffers = tf.memory().numDataBuffers;
      const flat = tf.reshape(y, [10, 54]);
      expect(tf.memory().numDataBuffers).to.equal(buffers);
      expect(flat.dataId).to.equal(y.dataId);
      expectOnlyInPlanes(y);
      expect(flat.dataSync()).to.deep.equal(wholeNumbers(shape));
      expect(y.dataSync()).to.deep.equal(wholeNumbers(shape));
      tf.dispose([y, flat]);
    }));

  it('a reshape to other pixels is read from planes of its own pixels', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const other = tf.reshape(y, [2, 9, 5, 6]) as tf.Tensor4D;
      expect(tiledBackend().runner.placementOf(other)?.layout.height).to.equal(9);
      const doubled = tf.tidy(() =>
        tf.relu(tf.depthwiseConv2d(other, tf.ones([1, 1, 6, 1]) as tf.Tensor4D, 1, 'valid')),
      );
      expect(doubled.dataSync()).to.deep.equal(wholeNumbers(shape).map((v) => Math.max(0, v)));
      tf.dispose([y, other, doubled]);
    }));

  it('clone shares the data, which outlives either owner', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const copy = tf.clone(y);
      expect(copy.dataId).to.equal(y.dataId);
      expect(tiledBackend().refCount(y.dataId)).to.equal(2);
      y.dispose();
      expectOnlyInPlanes(copy);
      expect(copy.dataSync()).to.deep.equal(wholeNumbers(shape));
      copy.dispose();
    }));

  it('a shallow slice, and a slice of it, outlive their source', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const image = shallowSlice(y, 1);
      const rows = tf.slice(image, [0, 2, 0, 0], [1, 2, 9, 6]);
      y.dispose();
      image.dispose();
      const start = (5 + 2) * 9 * 6;
      expect(rows.dataSync()).to.deep.equal(wholeNumbers(shape).slice(start, start + 2 * 9 * 6));
      rows.dispose();
    }));

  it('a convolution reads a shallow slice at its offset', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const image = shallowSlice(y, 1);
      const same = tf.tidy(() =>
        tf.depthwiseConv2d(image, tf.ones([1, 1, 6, 1]) as tf.Tensor4D, 1, 'valid'),
      );
      expect(same.dataSync()).to.deep.equal(wholeNumbers(shape).slice(5 * 9 * 6));
      tf.dispose([y, image, same]);
    }));

  it('stock packed, stock unpacked and tiled kernels read one tensor alike', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const packed = tf.concat([y, y], 1);
      const unpacked = tf.tile(y, [1, 1, 1, 2]);
      const ours = tf.relu(y);
      const values = wholeNumbers(shape);
      expect(ours.dataSync()).to.deep.equal(values.map((v) => Math.max(0, v)));
      expect(tf.tidy(() => tf.slice(packed, [0, 0, 0, 0], [2, 5, 9, 6]).dataSync())).to.deep.equal(
        values,
      );
      expect(
        tf.tidy(() => tf.slice(unpacked, [0, 0, 0, 6], [2, 5, 9, 6]).dataSync()),
      ).to.deep.equal(values);
      expect(y.dataSync()).to.deep.equal(values);
      tf.dispose([y, packed, unpacked, ours]);
    }));

  it('the output of a chain of tiled kernels stays in planes', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      const chain = tf.tidy(() => {
        const filter = tf.ones([3, 3, 6, 4]) as tf.Tensor4D;
        const sum = tf.relu6(tf.add(tf.conv2d(y, filter, 1, 'same'), tf.tensor1d([1, 2, 3, 4])));
        return tf.sigmoid(tf.mul(tf.sub(sum, tf.scalar(2)), sum));
      });
      expectOnlyInPlanes(chain);
      tf.dispose([y, chain]);
    }));
});

describe('residency on tiled-webgl: reads', () => {
  it('dataSync, data and array agree on the first and on the second read', () =>
    leavingNothing(async () => {
      const y = inPlanes(shape);
      expect(await y.data()).to.deep.equal(wholeNumbers(shape));
      expect(y.dataSync()).to.deep.equal(wholeNumbers(shape));
      expect((await y.array()).flat(3)).to.deep.equal([...wholeNumbers(shape)]);
      y.dispose();
    }));

  it('two pending reads and a synchronous one in between give the same values', () =>
    leavingNothing(async () => {
      const y = inPlanes(shape);
      const pending = [y.data(), y.data()];
      expect(y.dataSync()).to.deep.equal(wholeNumbers(shape));
      for (const values of await Promise.all(pending)) {
        expect(values).to.deep.equal(wholeNumbers(shape));
      }
      y.dispose();
    }));

  it('a read that is pending when the tensor is disposed still gets its values', () =>
    leavingNothing(async () => {
      const y = inPlanes(shape);
      const pending = y.data();
      y.dispose();
      expect(await pending).to.deep.equal(wholeNumbers(shape));
    }));

  it('dataToGPU gives a texture of 4 values a texel, also of a size asked for', () =>
    leavingNothing(() => {
      for (const customTexShape of [undefined, [9, 16] as [number, number]]) {
        const y = inPlanes(shape);
        const { tensorRef, texture, texShape } = y.dataToGPU({ customTexShape });
        if (!texture || !texShape) throw new Error('no texture');
        if (customTexShape) expect(texShape).to.deep.equal(customTexShape);
        const { gpgpu } = tiledBackend();
        const buffer = gpgpu.createBufferFromTexture(texture, texShape[0], texShape[1]);
        const values = gpgpu.downloadFloat32MatrixFromBuffer(buffer, y.size);
        gpgpu.gl.deleteBuffer(buffer);
        expect(values).to.deep.equal(wholeNumbers(shape));
        tf.dispose([y, tensorRef]);
      }
    }));

  it('dataToGPU gives the values of a slice that shares the texture of the whole tensor', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const part = tf.slice(makeInput(), [0, 5], [1, 10]);
        const record = tiledBackend().texData.get(part.dataId);
        expect(record.slice, 'shares the texture of the whole').to.be.an('object');
        const own = wholeNumbers(inputShape).slice(5 * 20 * 16, 15 * 20 * 16);
        const values = tf.tensor(own, part.shape);
        tiledBackend().uploadToGPU(values.dataId);
        const [found, expected] = [part, values].map((x) => x.dataToGPU().tensorRef.dataSync());
        expect(found).to.deep.equal(expected);
      }),
    ));

  it('getTexture gives the stock texture of a tensor in planes', () =>
    leavingNothing(() => {
      const y = inPlanes(shape);
      expect(tiledBackend().gpgpu.gl.isTexture(tiledBackend().getTexture(y.dataId))).to.equal(true);
      expect(y.dataSync()).to.deep.equal(wholeNumbers(shape));
      y.dispose();
    }));
});

describe('residency on tiled-webgl: accounts', () => {
  it('tf.memory() counts planes in use, and those kept for reuse', () =>
    leavingNothing(() => {
      const memory = () => tiledBackend().memory();
      const before = memory();
      const y = inPlanes([1, 16, 16, 32]);
      tiledBackend().flush();
      const bytes = 16 * 16 * 32 * 4;
      // No texture of a plane has a width or height that is a power of two.
      const held = memory().numBytesInGPU - before.numBytesInGPU;
      expect(held).to.be.within(bytes, 1.2 * bytes);
      y.dispose();
      expect(memory().numBytesInGPU).to.equal(before.numBytesInGPU);
      expect(memory().numBytesInGPUFree).to.be.at.least(bytes);
      const allocated = memory().numBytesInGPUAllocated;
      inPlanes([1, 16, 16, 32]).dispose();
      expect(memory().numBytesInGPUAllocated, 'second time').to.equal(allocated);
    }));

  it('tf.time() includes our programs', () =>
    leavingNothing(async () => {
      const y = inPlanes(shape);
      const time = await tf.time(() => tf.relu(y).dispose());
      expect(time.wallMs).to.be.greaterThan(0);
      const { kernelMs } = time as unknown as { kernelMs: number | { error: string } };
      if (typeof kernelMs === 'number') expect(kernelMs).to.be.at.least(0);
      else expect(kernelMs.error).to.match(/timers are not supported/);
      y.dispose();
    }));

  it('tf.profile() names our kernels, their shapes and their memory', () =>
    leavingNothing(async () => {
      const y = inPlanes(shape);
      const profile = await tf.profile(() => tf.relu(y));
      expect(profile.kernelNames).to.deep.equal(['Relu']);
      expect(profile.kernels[0].outputShapes).to.deep.equal([shape]);
      expect(profile.newTensors).to.equal(1);
      const result = profile.result as unknown as tf.Tensor;
      // A profile checks results for NaN, by a read that may still be pending.
      await result.data();
      tf.dispose([y, result]);
    }));

  it('floatPrecision is 32 and epsilon 1e-7 where float32 renders', async () => {
    await tf.setBackend('tiled-webgl');
    expect(tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')).to.equal(true);
    expect(tiledBackend().floatPrecision()).to.equal(32);
    expect(tiledBackend().epsilon()).to.equal(1e-7);
  });

  it('under ENGINE_COMPILE_ONLY programs compile and nothing is drawn', () =>
    leavingNothing(() => {
      const gl = tiledBackend().gpgpu.gl;
      const draws: string[] = [];
      const { drawArrays, drawElements, linkProgram } = gl;
      let linked = 0;
      gl.linkProgram = (program: WebGLProgram) => {
        linked++;
        linkProgram.call(gl, program);
      };
      gl.drawArrays = () => void draws.push('drawArrays');
      gl.drawElements = () => void draws.push('drawElements');
      tf.env().set('ENGINE_COMPILE_ONLY', true);
      try {
        tf.tidy(() => {
          const x = tf.zeros([1, 9, 9, 3]) as tf.Tensor4D;
          // No other test uses a filter this wide, so its program is new.
          tf.relu(tf.conv2d(x, tf.zeros([1, 9, 3, 2]) as tf.Tensor4D, 1, 'same'));
        });
      } finally {
        tf.env().set('ENGINE_COMPILE_ONLY', false);
        Object.assign(gl, { drawArrays, drawElements, linkProgram });
      }
      expect(draws).to.deep.equal([]);
      expect(linked).to.be.above(0);
    }));
});
