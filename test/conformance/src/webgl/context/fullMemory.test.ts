/**
 * Tests on a device with little memory: the backend frees memory, then falls back to ways that need
 * less, and the answers stay the same.
 */
import { expect } from 'chai';
import { type DeviceMemory, limitMemory } from '../../../../../scripts/webgl/memoryLimit.js';
import { type TiledInfo, tiledInfo } from '../../../../../src/index.js';
import { onOwnBackend } from '../../../../support/ownBackend.js';
import { type Shape4, wholeNumbers } from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';

const name = 'tiled-small-memory';
const MB = 1e6;

/** Shapes that need about equal memory, but whose planes fit none of the other shapes. */
const sizes: Shape4[] = [
  [1, 64, 64, 32],
  [1, 32, 128, 36],
  [1, 16, 256, 40],
];

function answers(): Float32Array[] {
  return sizes.map((shape) =>
    tf.tidy(() => {
      const filter: Shape4 = [3, 3, shape[3], shape[3]];
      const x = tf.tensor4d(wholeNumbers(shape), shape);
      const y = tf.relu(tf.conv2d(x, tf.tensor4d(wholeNumbers(filter), filter), 1, 'same'));
      return tf.cumsum(tf.maxPool(y as tf.Tensor4D, 2, 2, 'same'), 2).dataSync<'float32'>();
    }),
  );
}

interface Seen {
  readonly found: Float32Array[];
  readonly memory: DeviceMemory;
  readonly info: TiledInfo;
}

/** Computes the answers twice on a device with this many bytes of memory. */
async function onDevice(bytes: number): Promise<Seen> {
  let memory: DeviceMemory | null = null;
  const limit = (gl: WebGL2RenderingContext) => {
    memory = limitMemory(gl, bytes);
  };
  return onOwnBackend(name, limit, ({ device }) => {
    const { numTensors } = tf.memory();
    const first = answers();
    const found = answers();
    expect(found).to.deep.equal(first);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(device.planes.setsInUse).to.equal(0);
    return { found, memory: memory as unknown as DeviceMemory, info: tiledInfo(name) };
  });
}

describe('a device with little memory', () => {
  let expected: Float32Array[];

  before(async () => {
    await tf.setBackend('cpu');
    expected = answers();
  });

  it('frees textures kept for reuse when memory runs out, before any kernel falls back', async () => {
    const plenty = await onDevice(100 * MB);
    expect(plenty.memory.refused).to.equal(0);
    expect(plenty.found).to.deep.equal(expected);
    const few = await onDevice(plenty.info.gpuBytes.peak * 0.6);
    expect(few.memory.refused, 'textures refused').to.be.above(0);
    expect(few.info.ladder).to.deep.equal([]);
    expect(few.info.variants).to.deep.equal(plenty.info.variants);
    expect(few.found).to.deep.equal(expected);
  });

  it('computes on the CPU when no layer fits, and says which tensor needed how much', async () => {
    const { found, info, memory } = await onDevice(0.5 * MB);
    expect(memory.refused).to.be.above(0);
    expect(found).to.deep.equal(expected);
    const reasons = info.ladder.map(({ reason }) => reason).join('\n');
    expect(reasons).to.match(/no memory for .*\[1,64,64,32\] .*: .* \d+\.\d MB/);
  });
});
