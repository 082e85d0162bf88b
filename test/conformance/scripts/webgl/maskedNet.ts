/** Net on a simulated device: the answers must stay the same, and be reached as expected. */
import { expect } from 'chai';
import { type MaskName, masks } from '../../../../scripts/webgl/masks.js';
import {
  type TiledInfo,
  type TiledWebGLBackend,
  tiledInfo,
  warmUp,
} from '../../../../src/index.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import { type Shape4, wholeNumbers } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const name = 'tiled-masked';

const tensor = (...shape: Shape4) =>
  tf.tensor4d(
    wholeNumbers(shape).map((value) => value % 5),
    shape,
  );

/** Runs whole numbers through every program family; the rows of `long` are wider than 2048 tiles. */
function net(long: tf.Tensor4D): tf.Tensor[] {
  return tf.tidy(() => {
    const y = tf.relu(tf.conv2d(tensor(1, 20, 21, 8), tensor(3, 3, 8, 16), 1, 'same'));
    const z = tf.depthwiseConv2d(y, tensor(3, 3, 16, 1), 1, 'same');
    const w = tf.conv2d(z, tf.sign(tensor(1, 1, 16, 12)) as tf.Tensor4D, 2, 'same');
    const up = tf.conv2dTranspose(y, tensor(3, 3, 4, 16), [1, 40, 42, 4], 2, 'same');
    const far = tf.conv2d(tensor(1, 12, 12, 5), tensor(9, 9, 5, 3), [1, 3], 'same');
    const row = tf.conv2d(long, tensor(1, 3, 4, 4), 1, 'same');
    return [tf.maxPool(w, 2, 2, 'same'), up, far, row, tf.cumsum(row, 2)];
  });
}

const makeLong = () => tensor(1, 2, 2 * 2048 + 9, 4);

interface Seen {
  readonly info: TiledInfo;
  readonly backend: TiledWebGLBackend;
}

const ran = ({ info }: Seen) => Object.values(info.variants).flatMap(Object.keys);
const reasons = ({ info }: Seen) => info.ladder.map(({ reason }) => reason).join('\n');
const nothing = (seen: Seen) => expect(reasons(seen)).to.equal('');

/** Expects the profile, limits and precision of a device, whose first choices all work. */
function isDevice(
  seen: Seen,
  profile: string,
  targets: number,
  precision: TiledInfo['precision'],
): void {
  nothing(seen);
  const { device, precision: found } = seen.info;
  expect([device, found]).to.deep.equal([profile, precision]);
  expect(seen.backend.runner.limits.maxTargets).to.equal(targets);
  expect(seen.backend.device.storage).to.equal('layers');
}

/** Checks of each mask's effect. masks.test.ts checks the masks under which no backend starts. */
export const marks: Record<Exclude<MaskName, 'no-float-targets'>, (seen: Seen) => void> = {
  hardware: (seen) => {
    nothing(seen);
    expect(seen.backend.device.storage).to.equal('layers');
    expect(ran(seen)).to.include('direct-2x2x2');
  },
  iphone: (seen) => isDevice(seen, 'apple', 4, 'float32'),
  'iphone-old': (seen) => isDevice(seen, 'apple', 4, 'half'),
  mac: (seen) => isDevice(seen, 'apple', 8, 'float32'),
  'android-mali': (seen) => isDevice(seen, 'mali-valhall', 4, 'float32'),
  'android-adreno': (seen) => isDevice(seen, 'adreno', 8, 'float32'),
  'windows-intel': (seen) => isDevice(seen, 'intel-gen9', 8, 'float32'),
  'half-float': (seen) => {
    nothing(seen);
    expect(seen.info.precision).to.equal('half');
    expect(seen.backend.floatPrecision()).to.equal(16);
  },
  'draw-buffers-4': (seen) => {
    nothing(seen);
    expect(seen.backend.runner.limits.maxTargets).to.equal(4);
    expect(ran(seen)).to.include.members(['direct-2x2x1', 'depthwise-2x2x1']);
  },
  'uniforms-small': nothing,
  'texture-64': (seen) => {
    expect(seen.backend.runner.limits.maxTextureSize).to.equal(63);
    expect(reasons(seen)).to.match(/too large for a texture/);
    expect(ran(seen)).to.include.members(['block-2x2x2', 'depthwise-2x2x2']);
  },
  'texture-2048': (seen) => {
    nothing(seen);
    expect(seen.backend.runner.limits.maxTextureSize).to.equal(2047);
  },
  'texture-4096': (seen) => {
    nothing(seen);
    expect(seen.backend.runner.limits.maxTextureSize).to.equal(4095);
  },
  'no-timer': nothing,
  'target-bytes-64': (seen) => {
    nothing(seen);
    expect(seen.backend.runner.limits.maxTargets).to.equal(4);
  },
  'slow-compiler': nothing,
  'short-programs': (seen) => expect(reasons(seen)).to.match(/too long|compile|link/),
  'no-shared-input': (seen) => expect(reasons(seen)).to.match(/too hard|compile/),
  'wrong-target': (seen) => expect(reasons(seen)).to.match(/^self-test: /m),
  'wrong-precision': (seen) => expect(reasons(seen)).to.match(/^self-test: /m),
};

export type Marked = keyof typeof marks;

const halfFlags = { WEBGL_RENDER_FLOAT32_CAPABLE: false, WEBGL_RENDER_FLOAT32_ENABLED: false };

/** Flags that stock reads once per page, from the first context. */
const stockFlags: Partial<Record<MaskName, Record<string, number | boolean>>> = {
  'iphone-old': halfFlags,
  'half-float': halfFlags,
  'texture-64': { WEBGL_MAX_TEXTURE_SIZE: 64 },
  'texture-2048': { WEBGL_MAX_TEXTURE_SIZE: 2048 },
  'texture-4096': { WEBGL_MAX_TEXTURE_SIZE: 4096 },
  'no-timer': {
    WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION: 0,
    WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE: false,
  },
};

/** Runs `body` with the flags that stock would read from a context with the mask. */
async function withStockFlags(mask: MaskName, body: () => unknown): Promise<void> {
  const flags = stockFlags[mask] ?? {};
  const usual = Object.keys(flags).map((flag) => [flag, tf.env().get(flag)] as const);
  for (const [flag, value] of Object.entries(flags)) tf.env().set(flag, value);
  try {
    await body();
  } finally {
    for (const [flag, value] of usual) tf.env().set(flag, value);
  }
}

/** Returns the net's answers on stock cpu, which no mask affects. */
export async function answersOnCpu(): Promise<Float32Array[]> {
  await tf.setBackend('cpu');
  const long = makeLong();
  const answers = net(long);
  const values = answers.map((answer) => answer.dataSync<'float32'>());
  tf.dispose([long, ...answers]);
  return values;
}

/** Expects numbers whose errors are those of half floats that are summed in float32. */
function expectNear(actual: Float32Array, expected: Float32Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [i, value] of expected.entries()) {
    expect(actual[i], `number ${i}`).to.be.closeTo(value, 2 ** -9 * largest);
  }
}

/** Expects these answers under the mask, nothing left behind, and the effect of the mask. */
export function expectSameUnder(mask: Marked, expected: readonly Float32Array[]): Promise<void> {
  return withStockFlags(mask, () =>
    onOwnBackend(name, masks[mask].apply, async (backend) => {
      const before = tf.memory().numTensors;
      const long = makeLong();
      // The second prediction skips what the first one fell back from.
      for (const _again of [1, 2]) {
        const answers = net(long);
        for (const [i, answer] of answers.entries()) {
          const { precision } = backend.device;
          if (precision === 'half') expectNear(answer.dataSync<'float32'>(), expected[i]);
          else expect(answer.dataSync(), `answer ${i}`).to.deep.equal(expected[i]);
        }
        tf.dispose(answers);
      }
      const { wallMs } = await tf.time(() => tf.dispose(net(long)));
      expect(wallMs).to.be.above(0);
      const report = await warmUp(() => net(long), [], { backend: name });
      expect(report.runMs).to.be.above(0);
      long.dispose();
      expect(tf.memory().numTensors).to.equal(before);
      expect(backend.device.planes.setsInUse).to.equal(0);
      marks[mask]({ info: tiledInfo(name), backend });
    }),
  );
}
