/** Tests that the soak finds faults planted in the WebGL engine, and none in the engine itself. */
import { expect } from 'chai';
import type { LoadedModel } from '../../../../scripts/models/model.js';
import { TiledWebGLBackend } from '../../../../src/index.js';
import { fractions, stream } from '../../../../src/validator/index.js';
import { Arena } from '../../../../src/webgl/device/arena.js';
import { watchContexts } from '../../../soak/page/contexts.js';
import { modelOf } from '../../../soak/page/models.js';
import { tiledProduct } from '../../../soak/page/tiled.js';
import type { Subject } from '../../../soak/product.js';
import { soak } from '../../../soak/soak.js';
import { roundLength } from '../../../soak/turns.js';
import { tf } from '../../../support/setup.js';

const name = 'tiled-soak';
const side = 13;

const values = (what: string, shape: number[]) =>
  fractions(
    stream(5, what),
    shape.reduce((a, b) => a * b),
  );

/** Loads a small net with stock kernels among our kernels. */
function load(net: string): LoadedModel {
  const tensor = (what: string, ...shape: number[]) =>
    tf.tensor(values(`${net} ${what}`, shape), shape);
  const conv = tensor('conv', 1, 2, 3, 8) as tf.Tensor4D;
  const bias = tensor('bias', 8);
  const depthwise = tensor('depthwise', 2, 1, 8, 1) as tf.Tensor4D;
  const dense = tensor('dense', 8, 5) as tf.Tensor2D;
  const weights = [conv, bias, depthwise, dense];
  return {
    run: (x) =>
      tf.tidy(() => {
        const y = tf.relu(
          tf.add(tf.conv2d(x as tf.Tensor4D, conv, 1, 'same'), bias),
        ) as tf.Tensor4D;
        const z = tf.depthwiseConv2d(y, depthwise, 2, 'same');
        const features = tf.mean(tf.sigmoid(z), [1, 2]) as tf.Tensor2D;
        return [tf.matMul(features, dense), tf.cumsum(z, 3)];
      }),
    weights: () => weights,
    dispose: () => tf.dispose(weights),
  };
}

async function subjectOf(net: string): Promise<Subject> {
  await tf.setBackend('cpu');
  const model = modelOf(load(net), side);
  const inputs = ['first', 'second'].map((what) => values(`${net} ${what}`, [side, side, 3]));
  const known = [];
  for (const input of inputs) known.push({ input, outputs: await model.predict(input) });
  model.dispose();
  return { name: net, known, load: async () => modelOf(load(net), side) };
}

/** Runs one round on a new backend, into which `plant` puts a fault. */
async function oneRound(plant: (backend: TiledWebGLBackend) => void) {
  const contexts = watchContexts();
  const subjects = [await subjectOf('a'), await subjectOf('b')];
  tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
  const { warn } = console;
  // Fallbacks are reported through console.warn.
  console.warn = () => {};
  try {
    await tf.setBackend(name);
    plant(tf.backend() as unknown as TiledWebGLBackend);
    // The heap belongs to the whole page, and its garbage cannot be collected here.
    const product = { ...tiledProduct(contexts), heap: async () => 0 };
    return await soak(product, subjects, {
      seed: 1,
      msLeft: () => 0,
      say: () => {},
      hangMs: 5 * 60_000,
    });
  } finally {
    console.warn = warn;
    contexts.end();
    tf.env().set('TILED_GPU_BYTES_LIMIT', -1);
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

/** Runs `then` whenever there is a new context. */
function onRenewal(backend: TiledWebGLBackend, then: () => void): void {
  const makeContext = backend.makeContext.bind(backend);
  backend.makeContext = () => {
    makeContext();
    then();
  };
}

/** Makes recordings keep their textures when they are given up. */
function keepArenas(backend: TiledWebGLBackend): void {
  const record = backend.captures.record.bind(backend.captures);
  backend.captures.record = (...given) => {
    const made = record(...given);
    const own = Object.values((made as unknown as { recorded?: object }).recorded ?? {});
    for (const part of own) if (part instanceof Arena) part.giveAllBack = () => {};
    return made;
  };
}

type Kind = 'wrong' | 'leaks' | 'failures';

const planted: readonly {
  name: string;
  plant(backend: TiledWebGLBackend): void;
  kind: Kind;
  words: RegExp;
}[] = [
  {
    name: 'a weight that comes back with another value',
    plant({ kept }) {
      const find = kept.find.bind(kept);
      kept.find = (...data) => {
        const found = find(...data);
        if (found.values?.length !== 16) return found;
        const changed = (value: number, i: number) => (i === 15 ? value + 1e-6 : value);
        return { values: Float32Array.from(found.values, changed), reason: null };
      };
    },
    kind: 'wrong',
    words: /, afterwards: weights of [ab]: array 2 has \S+ at 15, not/,
  },
  {
    name: 'a record that each loss leaves',
    plant: (backend) =>
      onRenewal(backend, () => backend.makeTensorInfo([1], 'float32', Float32Array.of(1))),
    kind: 'leaks',
    words: /9 records of the backend, not 8/,
  },
  {
    name: 'a plane set that each loss leaves',
    plant: (backend) => onRenewal(backend, () => backend.device.planes.acquire(1, 3, 3)),
    kind: 'leaks',
    words: /\d+ bytes in use on the GPU, not \d+; \d+ plane sets, not \d+/,
  },
  {
    name: 'a recording that keeps its textures',
    plant: keepArenas,
    kind: 'leaks',
    words: /\d+ plane sets of recordings, not 0.* stock textures, not 0/,
  },
  {
    name: 'a texture that nobody keeps',
    plant: (backend) => onRenewal(backend, () => backend.device.gl.createTexture()),
    kind: 'leaks',
    words: /2 textures that nobody keeps, not 1$/,
  },
  {
    name: 'bytes kept for nobody',
    plant: (backend) => onRenewal(backend, () => backend.kept.keep({}, new Float32Array(8))),
    kind: 'leaks',
    words: /bytes kept on the CPU, not \d+$/,
  },
  {
    name: 'a context that goes between two predictions, and costs none of them',
    plant(backend) {
      let kernels = 0;
      const ready = backend.recovery.ready.bind(backend.recovery);
      backend.recovery.ready = () => {
        if (kernels++ === 100) backend.device.gl.getExtension('WEBGL_lose_context')?.loseContext();
        return ready();
      };
    },
    kind: 'failures',
    words: /TensorLostError|has lost \d contexts, and \d were taken away$/,
  },
  {
    name: 'a loss that steps down the ladder',
    plant: (backend) =>
      onRenewal(backend, () => backend.log.stepDown('Conv2D', 'one', 'another', 'it was lost')),
    kind: 'failures',
    words: /stepped down: Conv2D from one to another: it was lost$/,
  },
  {
    name: 'an error that does not say that the context was lost',
    plant({ recovery }) {
      const assertThere = recovery.assertThere.bind(recovery);
      recovery.assertThere = (dataId) => {
        try {
          assertThere(dataId);
        } catch {
          throw new TypeError('null is not an object');
        }
      };
    },
    kind: 'failures',
    words: /TypeError: null is not an object$/,
  },
];

describe('soak of small nets', () => {
  it('finds no fault, and every mishap happens', async () => {
    const result = await oneRound(() => {});
    const { wrong, leaks, failures, events, turns, struck, survived, losses, captures } = result;
    const found = [...wrong, ...leaks, ...failures];
    expect(found, events.join('\n')).to.deep.equal([]);
    expect(turns).to.equal(roundLength);
    expect(losses).to.be.at.least(10);
    expect(survived).to.equal(losses);
    expect(captures.recorded, JSON.stringify(captures)).to.equal(captures.made);
    expect(captures.replays).to.be.above(captures.made);
    const missing = Object.entries(struck).filter(([, count]) => count === 0);
    expect(missing, events.join('\n')).to.deep.equal([]);
  });

  for (const { name: what, plant, kind, words } of planted) {
    it(`finds ${what}`, async () => {
      const result = await oneRound(plant);
      const found = result[kind].some((line) => words.test(line));
      expect(found, JSON.stringify(result)).to.equal(true);
    });
  }
});
