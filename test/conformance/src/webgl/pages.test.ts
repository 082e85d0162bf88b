/** Tests of pages around predictions: several at once, in a hidden tab, in debug mode, in tapes. */
import { expect } from 'chai';
import { sumBound } from '../../../../src/validator/index.js';
import { leavingNothing, tiledBackend } from '../../../support/residencySupport.js';
import { type Bounded, expectEqual, expectWithin, softmax } from '../../../support/rounding.js';
import { ours, tf } from '../../../support/setup.js';
import {
  inputShape,
  makeInput,
  makeNet,
  predict,
  type SmallNet,
  scores,
} from '../../../support/worker/smallNet.js';

const names = ['first', 'second', 'third'];

function makeNets(): SmallNet[] {
  return names.map(makeNet);
}

const disposeNets = (nets: readonly SmallNet[]) =>
  tf.dispose(nets.flatMap((net) => Object.values(net)));

/** Returns a net's answer to an input, read synchronously. */
const answer = (net: SmallNet, i: number): number[] =>
  tf.tidy(() => [...predict(net, makeInput(i)).dataSync()]);

/**
 * Returns the true answer of a net, with a bound on any backend's. The scores are exact. A backend
 * divides their sum, or sums quotients, or products with a rounded 1 / count.
 */
async function truthOf(net: SmallNet, x: tf.Tensor4D): Promise<Bounded[]> {
  const maps = tf.tidy(() => tf.reshape(tf.transpose(scores(net, x), [3, 0, 1, 2]), [5, -1]));
  const means = ((await maps.array()) as number[][]).map((map) => {
    const magnitude = map.reduce((total, score) => total + Math.abs(score), 0) / map.length;
    const value = map.reduce((total, score) => total + score) / map.length;
    return { value, bound: sumBound(map.length + 2, magnitude) };
  });
  maps.dispose();
  return softmax(means);
}

/** Runs `body` with members of an object replaced. */
async function withReplaced<T extends object>(
  target: T,
  replaced: Partial<T>,
  body: () => Promise<void>,
): Promise<void> {
  const before = Object.getOwnPropertyDescriptors(target);
  Object.assign(target, replaced);
  try {
    await body();
  } finally {
    for (const name of Object.keys(replaced)) {
      const usual = before[name as keyof T];
      if (usual === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, usual);
    }
  }
}

describe('pages: several models at once', () => {
  for (const backend of ours) {
    it(`give the same answers as one after the other on ${backend}`, async () => {
      await tf.setBackend(backend);
      const { numTensors } = tf.memory();
      const nets = makeNets();
      const rounds = [0, 1, 2, 3];
      const expected = rounds.map((i) => nets.map((net) => answer(net, i)));
      const found = await Promise.all(
        rounds.map((i) =>
          Promise.all(
            nets.map(async (net, n) => {
              // The predictions begin at different moments, and each waits for the others' reads.
              for (let wait = 0; wait < (i + n) % 3; wait++) await Promise.resolve();
              const x = makeInput(i);
              const y = predict(net, x);
              x.dispose();
              const values = [...(await y.data())];
              y.dispose();
              return values;
            }),
          ),
        ),
      );
      expect(found).to.deep.equal(expected);
      disposeNets(nets);
      expect(tf.memory().numTensors).to.equal(numTensors);
    });
  }

  it('read their own answers while the active backend changes', () =>
    leavingNothing(async () => {
      const net = makeNet('first');
      const backends = ['webgl', 'tiled-webgl'];
      const expected: number[][] = [];
      for (const backend of backends) {
        await tf.setBackend(backend);
        expected.push(answer(net, 1));
      }
      const input = makeInput(1);
      const truth = await truthOf(net, input);
      input.dispose();
      const reads: Promise<Float32Array>[] = [];
      for (const backend of [...backends, ...backends]) {
        await tf.setBackend(backend);
        const x = makeInput(1);
        const y = predict(net, x);
        reads.push(y.data() as Promise<Float32Array>);
        tf.dispose([x, y]);
      }
      for (const [i, read] of reads.entries()) {
        const values = await read;
        expectEqual(values, expected[i % 2], backends[i % 2]);
        expectWithin(values, truth, backends[i % 2]);
      }
      tf.dispose({ ...net });
    }));
});

describe('pages: in a hidden tab', () => {
  it('a read does not wait for an animation frame', () =>
    leavingNothing(() =>
      withReplaced(window, { requestAnimationFrame: () => 0 }, async () => {
        const net = makeNet('first');
        const x = makeInput(2);
        const y = predict(net, x);
        const values = [...(await y.data())];
        expect(values).to.deep.equal(answer(net, 2));
        tf.dispose([x, y, ...Object.values(net)]);
      }),
    ));

  it('reads are answered when timers fire only once a second', () =>
    leavingNothing(async () => {
      const { setTimeout: usual } = window;
      const slow = ((then: () => void, ms = 0) => usual(then, Math.max(ms, 1000))) as never;
      await withReplaced(window, { setTimeout: slow, requestAnimationFrame: () => 0 }, async () => {
        const net = makeNet('second');
        const x = makeInput(3);
        const reads = [0, 1, 2].map(async () => {
          const y = predict(net, x);
          const values = [...(await y.data())];
          y.dispose();
          return values;
        });
        const [first, ...others] = await Promise.all(reads);
        for (const other of others) expect(other).to.deep.equal(first);
        expect(first).to.deep.equal(answer(net, 3));
        tf.dispose([x, ...Object.values(net)]);
      });
    }));

  it('a synchronous read is answered when no timer fires', () =>
    leavingNothing(async () => {
      const never = (() => 0) as never;
      const net = makeNet('third');
      const expected = answer(net, 4);
      await withReplaced(window, { setTimeout: never, requestAnimationFrame: never }, async () => {
        expect(answer(net, 4)).to.deep.equal(expected);
      });
      tf.dispose({ ...net });
    }));
});

describe('pages: in debug mode', () => {
  /** Runs `body` in debug mode, with a function that tells whether the console has been told a text. */
  async function debugging(
    body: (said: (text: string) => boolean) => Promise<void>,
  ): Promise<void> {
    const lines: string[] = [];
    const note = (...words: unknown[]) => void lines.push(words.join(' '));
    await withReplaced(console, { log: note, warn: note }, async () => {
      tf.env().set('DEBUG', true);
      try {
        await body((text) => lines.join('\n').includes(text));
      } finally {
        tf.env().set('DEBUG', false);
      }
    });
  }

  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

  /** Waits for debug mode's checks of values, which continue to read after the call. */
  async function until(done: () => boolean): Promise<void> {
    while (!done()) await pause();
    await pause();
  }

  it('answers stay the same, each kernel is logged, and nothing is left behind', () =>
    leavingNothing(async () => {
      const net = makeNet('first');
      const expected = answer(net, 5);
      const kernels = ['FusedConv2D', 'DepthwiseConv2dNative', 'Conv2D', 'MaxPool'];
      await debugging(async (said) => {
        expect(answer(net, 5)).to.deep.equal(expected);
        await until(() => kernels.every(said));
      });
      tf.dispose({ ...net });
    }));

  it('a NaN that a kernel computes is reported', () =>
    leavingNothing(async () => {
      const x = tf.fill([1, 4, 4, 2], Number.NaN) as tf.Tensor4D;
      const filter = tf.ones([1, 1, 2, 3]) as tf.Tensor4D;
      await debugging(async (said) => {
        tf.tidy(() => void tf.conv2d(x, filter, 1, 'same').dataSync());
        await until(() => said("Found NaN in the result of 'Conv2D'"));
      });
      tf.dispose([x, filter]);
    }));
});

describe('pages: during a tape', () => {
  it('predictions and reads inside the loss change no gradient', async () => {
    const gradients = () => {
      const [net, other] = [makeNet('first'), makeNet('second')];
      const x = makeInput(6);
      const loss = (input: tf.Tensor) => {
        const side = predict(other, input as tf.Tensor4D);
        // Eighths, so that all sums and products of the gradient are exact.
        const weight = Math.ceil(8 * side.dataSync()[0]) / 8;
        const y = tf.relu(tf.conv2d(input as tf.Tensor4D, net.stem, 1, 'same'));
        const none = tf.mul(tf.mean(side), 0);
        return tf.add(tf.mul(tf.sum(tf.square(y)), weight), none) as tf.Scalar;
      };
      const values = tf.tidy(() => [...tf.grad(loss)(x).dataSync()]);
      tf.dispose([x, ...Object.values(net), ...Object.values(other)]);
      return values;
    };
    await tf.setBackend('cpu');
    const expected = gradients();
    expect(new Set(expected).size, 'different values').to.be.above(100);
    await leavingNothing(() => expectEqual(gradients(), expected));
    expect(expected.length).to.equal(inputShape.reduce((a, b) => a * b, 1));
  });
});

describe('pages: with programs compiled by the flag ENGINE_COMPILE_ONLY', () => {
  it('the next prediction is right, by tiled and by stock kernels', () =>
    leavingNothing(async () => {
      const net = makeNet('first');
      const x = makeInput(7);
      // No other test has this window and these stock kernels, so their programs are new here.
      const filter = tf.ones([3, 7, 3, 3]) as tf.Tensor4D;
      const run = () =>
        tf.tidy(() => {
          const y = tf.conv2d(x, filter, [2, 1], 'same');
          return [predict(net, x), tf.cumsum(tf.reshape(y, [9, 15, 3]), 1)];
        });
      tf.env().set('ENGINE_COMPILE_ONLY', true);
      tf.dispose(run());
      await tiledBackend().checkCompileCompletionAsync();
      tiledBackend().getUniformLocations();
      tf.env().set('ENGINE_COMPILE_ONLY', false);
      const found = run();
      const values = found.map((y) => [...y.dataSync()]);
      await tf.setBackend('cpu');
      const expected = run();
      const truth = await truthOf(net, x);
      const [prediction, sums] = expected.map((y) => y.dataSync());
      expectWithin(prediction, truth, 'stock cpu');
      expectWithin(values[0], truth, 'the prediction');
      expectEqual(values[1], sums, 'stock kernels');
      tf.dispose([x, filter, ...expected, ...found, ...Object.values(net)]);
      await tf.setBackend('tiled-webgl');
    }));
});
