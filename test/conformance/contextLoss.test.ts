/** A context that goes: what comes back by itself, what says that it is lost, and what never hangs. */
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import {
  ContextLostError,
  TensorLostError,
  TiledWebGLBackend,
  tiledInfo,
  tune,
  warmUp,
} from '../../src/index.js';
import {
  errorOf,
  expectContextLost,
  expectTensorLost,
  flags,
  info,
  loseContext,
  makeWeights,
  predict,
  type Weights,
  withLosses,
} from './contextLossSupport.js';
import { inPlanes, tiledBackend, wholeNumbers } from './residencySupport.js';
import { tf } from './setup.js';

/** The prediction's numbers. */
function numbers(weights: Weights): number[] {
  const y = predict(weights);
  try {
    return [...y.dataSync()];
  } finally {
    y.dispose();
  }
}

/** Of other engines and variants. */
function expectClose(found: number[], expected: number[]): void {
  expect(found).to.have.length(expected.length);
  for (const [i, value] of found.entries()) expect(value).to.be.closeTo(expected[i], 1e-4);
}

/** Runs `body` with weights that have been on the GPU, and what they must predict. */
function withWeights(
  body: (weights: Weights, expected: number[]) => void | Promise<void>,
  set: Record<string, string | boolean> = {},
): Promise<void> {
  return withLosses(async () => {
    const weights = makeWeights();
    const expected = numbers(weights);
    await body(weights, expected);
    tf.dispose(weights);
  }, set);
}

describe('lost context', () => {
  it('leaves weights, and predictions are the same bit for bit', () =>
    withWeights((weights, expected) => {
      const stock = tiledBackend().device;
      loseContext();
      expect(numbers(weights)).to.deep.equal(expected);
      expect(tiledBackend().device).to.not.equal(stock);
      expect(numbers(weights), 'again').to.deep.equal(expected);
      expect(info()).to.include({ losses: 1, tensorsRestored: 4, tensorsLost: 0 });
      expect([...weights.conv.dataSync()]).to.deep.equal([...wholeNumbers([3, 3, 4, 8])]);
    }));

  it('leaves a layers model what it was', () =>
    withLosses(() => {
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 9, 3], filters: 8, kernelSize: 3, useBias: false }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 5, activation: 'softmax' }),
        ],
      });
      const answer = () =>
        tf.tidy(() => {
          const x = tf.tensor4d(wholeNumbers([2, 9, 9, 3]), [2, 9, 9, 3]);
          return [...(model.predict(x) as tf.Tensor).dataSync()];
        });
      const expected = answer();
      expect(expected[0]).to.be.within(0, 1);
      loseContext();
      expect(answer()).to.deep.equal(expected);
      expect(info()).to.include({ tensorsLost: 0 });
      model.dispose();
    }));

  it('twenty times in a row leaves nothing behind', () =>
    withWeights((weights, expected) => {
      const before = tf.memory();
      for (let i = 1; i <= 20; i++) {
        const y = predict(weights);
        loseContext();
        y.dispose();
        expect(numbers(weights), `loss ${i}`).to.deep.equal(expected);
        const { numTensors, numBytes, numDataBuffers } = before;
        expect(tf.memory()).to.include({ numTensors, numBytes, numDataBuffers });
        expect(info().losses).to.equal(i);
      }
    }));

  it('ends a prediction under way in an error, and the next one works', () =>
    withWeights(async (weights, expected) => {
      const { numTensors } = tf.memory();
      await expectContextLost(() => predict(weights, loseContext), /\[1,12,11,8\] of float32/);
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(numbers(weights)).to.deep.equal(expected);
      expect(info().losses).to.equal(1);
    }));

  it('in the middle of a kernel is no step down, and no program is refused for it', () =>
    withWeights(async (weights, expected) => {
      const { gl } = tiledBackend().gpgpu;
      const { numTensors } = tf.memory();
      const { drawArrays } = gl;
      gl.drawArrays = (...args) => {
        loseContext();
        drawArrays.apply(gl, args);
      };
      await expectContextLost(() => numbers(weights));
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(numbers(weights)).to.deep.equal(expected);
      expect(tiledInfo('tiled-loss').ladder).to.deep.equal([]);
    }));

  for (const call of ['createProgram', 'createTexture', 'linkProgram', 'createShader'] as const) {
    it(`at any ${call} ends in the named error, and leaves nothing`, () =>
      withLosses(async () => {
        const weights = makeWeights();
        const expected = numbers(weights);
        // A new context has to make everything.
        for (let k = 0; ; k++) {
          loseContext();
          tiledBackend().recovery.ready();
          const { gl } = tiledBackend().gpgpu;
          const usual = gl[call] as (...args: unknown[]) => unknown;
          let calls = 0;
          Object.assign(gl, {
            [call]: (...args: unknown[]) => {
              if (calls++ === k) loseContext();
              return usual.apply(gl, args);
            },
          });
          const { numTensors } = tf.memory();
          const data = tiledBackend().numDataIds();
          const error = await errorOf(() => {
            expect(numbers(weights)).to.deep.equal(expected);
          });
          if (calls <= k) {
            expect(error).to.equal(null);
            expect(k, 'calls that were made').to.be.above(2);
            break;
          }
          if (error !== null) expect(error, `call ${k}`).to.be.instanceOf(ContextLostError);
          expect(tf.memory().numTensors, `call ${k}`).to.equal(numTensors);
          expect(tiledBackend().numDataIds(), `call ${k}`).to.equal(data);
        }
        expect(tiledInfo('tiled-loss').ladder).to.deep.equal([]);
        tf.dispose(weights);
      }));
  }

  it('says of a tensor that was computed what it was, why it is lost and what to do', () =>
    withLosses(async () => {
      const y = inPlanes([1, 3, 4, 8]);
      const z = tf.tidy(() => tf.cumsum(tf.range(0, 600)));
      loseContext();
      const words =
        /a tensor \[1,3,4,8\] of float32 went with it, because it was computed on the GPU.*compute it again/;
      await expectTensorLost(() => y.dataSync(), words);
      await expectTensorLost(() => y.data(), words);
      await expectTensorLost(() => tf.relu(y), words);
      await expectTensorLost(() => tf.reshape(y, [-1]), words);
      await expectTensorLost(() => tf.slice(z, [0], [2]), /\[600\] of float32/);
      await expectTensorLost(() => z.dataToGPU(), /\[600\] of float32/);
      expect(await errorOf(() => y.data())).to.include({ dtype: 'float32' });
      expect(info()).to.include({ tensorsLost: 2, tensorsRestored: 0 });
      tf.dispose([y, z]);
    }));

  it('keeps what was read: it is on the CPU as well', () =>
    withLosses(async () => {
      const y = inPlanes([1, 3, 4, 8]);
      const z = tf.tidy(() => tf.add(tf.range(0, 600), 1));
      const before = [await y.data(), z.dataSync()];
      loseContext();
      expect([y.dataSync(), z.dataSync()]).to.deep.equal(before);
      expect(tf.tidy(() => [...tf.neg(z).dataSync()])[599]).to.equal(-600);
      tf.dispose([y, z]);
    }));

  it('loses results that wait, with what they wait for', () =>
    withWeights(async (weights, expected) => {
      const x = tf.tensor4d(wholeNumbers([1, 6, 6, 4]), [1, 6, 6, 4]);
      const { gl } = tiledBackend().gpgpu;
      gl.drawArrays = () => expect.fail('drawn');
      const y = tf.tidy(() => tf.relu(tf.conv2d(x, weights.conv, 1, 'same')));
      loseContext();
      await expectTensorLost(() => y.data(), /\[1,6,6,8\]/);
      expect(numbers(weights)).to.deep.equal(expected);
      tf.dispose([x, y]);
    }));

  it('loses a slice, and gives the whole back', () =>
    withLosses(async () => {
      const whole = tf.tensor1d(wholeNumbers([1, 1, 1, 600]));
      const [slice, other] = tf.tidy(() => [tf.slice(whole, [8], [500]), tf.neg(whole)]);
      loseContext();
      await expectTensorLost(() => slice.data(), /\[500\]/);
      expect([...whole.dataSync()]).to.deep.equal([...wholeNumbers([1, 1, 1, 600])]);
      tf.dispose([slice, other, whole]);
    }));

  it('keeps strings, and the parts of complex tensors that came from the CPU', () =>
    withLosses(async () => {
      const words = tf.tensor1d(['a', 'b']);
      const z = tf.tidy(() => tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])));
      const spectrum = tf.tidy(() => tf.fft(z));
      loseContext();
      expect(words.dataSync()).to.deep.equal(['a', 'b'] as never);
      expect([...z.dataSync()]).to.deep.equal([1, 3, 2, 4]);
      await expectTensorLost(() => spectrum.data());
      await expectTensorLost(() => spectrum.data(), /./);
      tf.dispose([words, z, spectrum]);
    }));

  it('leaves nothing wrong of an array that was written to after it went to the GPU', () =>
    withLosses(async () => {
      const values = wholeNumbers([1, 1, 1, 600]);
      const filter = wholeNumbers([3, 3, 8, 8]);
      const x = tf.tensor1d(values);
      const w = tf.tensor4d(filter, [3, 3, 8, 8]);
      tf.tidy(() => void [tf.neg(x), tf.conv2d(inPlanes([1, 4, 4, 8]), w, 1, 'same').dataSync()]);
      values[7] = 1e6;
      filter[0] = 1e6;
      loseContext();
      for (let losses = 1; losses < 3; losses++) {
        await expectTensorLost(() => x.data(), /its array has been written to/);
        await expectTensorLost(() => w.data(), /its array has been written to/);
        expect(info()).to.include({ losses, tensorsLost: 2 });
        tiledBackend().recovery.ready();
        if (losses === 1) loseContext();
      }
      tf.dispose([x, w]);
    }));

  it('leaves only what is on the CPU anyway where values are not to be kept', () =>
    withLosses(
      async () => {
        const weights = makeWeights();
        const expected = numbers(weights);
        const x = tf.tensor1d(wholeNumbers([1, 1, 1, 600]));
        tf.tidy(() => void tf.neg(x));
        expect(info().keptBytes).to.equal(0);
        loseContext();
        await expectTensorLost(() => x.data(), /\[600\].*TILED_KEEP_VALUES is false/);
        expect(info()).to.include({ tensorsRestored: 4, tensorsLost: 1 });
        expect(numbers(weights)).to.deep.equal(expected);
        tf.dispose([weights, x]);
      },
      { [flags.keep]: false },
    ));

  it('is counted, and so are the bytes that are kept', () =>
    withWeights((weights) => {
      const bytes = Object.values(weights).reduce((sum, { size }) => sum + 4 * size, 0);
      expect(info().keptBytes).to.be.within(bytes - 4 * 8, bytes);
      loseContext();
      numbers(weights);
      expect(info()).to.include({ losses: 1, tensorsLost: 0 });
      expect(tiledInfo('tiled-cpu').context).to.equal(null);
    }));

  it('does not stop training of variables that come from the CPU', () =>
    withLosses(() => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([2, 3])));
      const step = () =>
        tf.tidy(() => {
          const { grads } = tf.variableGrads(() => tf.sum(tf.square(w)) as tf.Scalar, [w]);
          return [...grads[w.name].dataSync()];
        });
      const before = step();
      loseContext();
      expect(step()).to.deep.equal(before);
      w.dispose();
    }));
});

describe('lost context: reads', () => {
  it('that are pending are rejected, all of them, and what is disposed of is gone', () =>
    withLosses(async () => {
      const y = inPlanes([1, 20, 20, 8]);
      const z = tf.tidy(() => tf.add(tf.range(0, 600), 1));
      const reads = [y.data(), y.data(), z.data()].map((read) => errorOf(() => read));
      loseContext();
      z.dispose();
      for (const error of await Promise.all(reads)) {
        expect(error).to.be.instanceOf(ContextLostError);
        expect(error).to.not.be.instanceOf(TensorLostError);
      }
      await expectTensorLost(() => y.data());
      y.dispose();
    }));

  it('are rejected though a new context is there before they are', () =>
    withWeights(async (weights, expected) => {
      const y = inPlanes([1, 20, 20, 8]);
      const read = errorOf(() => y.data());
      loseContext();
      expect(numbers(weights)).to.deep.equal(expected);
      expect(await read).to.be.instanceOf(ContextLostError);
      y.dispose();
    }));

  it('of complex tensors are rejected', () =>
    withLosses(async () => {
      const y = tf.tidy(() => tf.fft(tf.complex(tf.range(0, 64), tf.range(0, 64))));
      const reads = [y.data(), y.data()].map((read) => errorOf(() => read));
      loseContext();
      for (const error of await Promise.all(reads)) {
        expect(error).to.be.instanceOf(ContextLostError);
      }
      y.dispose();
    }));

  it('that give nothing but zeros are believed only if the context still draws', () =>
    withLosses(async () => {
      const zeros = tf.tidy(() => tf.mul(tf.range(0, 600), 0));
      expect([...(await zeros.data())].some((value) => value !== 0)).to.equal(false);
      expect(info().losses).to.equal(0);
      for (const read of ['data', 'dataSync'] as const) {
        const y = inPlanes([1, 20, 20, 8]);
        tiledBackend().settle();
        // The browser has lost the context and has not told the page yet.
        const { gl } = tiledBackend().gpgpu as unknown as { gl: WebGL2RenderingContext };
        gl.readPixels = () => {};
        gl.getBufferSubData = () => {};
        await expectContextLost(() => y[read](), /being read/);
        await expectTensorLost(() => y[read]());
        y.dispose();
      }
      expect(info().losses).to.equal(2);
      zeros.dispose();
    }));

  it('of the time end', () =>
    withLosses(async () => {
      const timing = errorOf(() =>
        tf.time(() => {
          tf.tidy(() => void inPlanes([1, 20, 20, 8]));
          loseContext();
        }),
      );
      expect(await timing).to.be.instanceOf(ContextLostError);
      await expectTensorLost(() => {
        const y = inPlanes([1, 4, 4, 8]);
        loseContext();
        try {
          return tf.tidy(() => tf.relu(y));
        } finally {
          y.dispose();
        }
      });
      const { kernelMs } = await tf.time(() => tf.tidy(() => void inPlanes([1, 4, 4, 8])));
      expect(kernelMs).to.not.equal(undefined);
    }));
});

describe('lost context: warmUp and tune', () => {
  it('programs that were compiled ahead are compiled again', () =>
    withWeights(async (weights, expected) => {
      const stages = ['while the model runs', 'while programs are compiled'];
      for (const [i, stage] of stages.entries()) {
        let calls = 0;
        const between = () => void (++calls === 1 && i === 0 && loseContext());
        const onProgress = () => void (i === 1 && info().losses === 1 && loseContext());
        const options = { backend: 'tiled-loss', onProgress };
        await warmUp(() => predict(weights, between), null, options);
        expect(numbers(weights), stage).to.deep.equal(expected);
      }
      expect(info().losses).to.equal(2);
    }));

  for (const where of ['between two convolutions', 'in one that is measured']) {
    it(`tune() ends, and remembers nothing, if it happens ${where}`, () =>
      withLosses(async () => {
        const { put } = IDBObjectStore.prototype;
        let remembered = 0;
        IDBObjectStore.prototype.put = function (...args) {
          remembered++;
          return put.apply(this, args);
        };
        const weights = makeWeights();
        const options = { backend: 'tiled-loss', rounds: 1 };
        const expected = numbers(weights);
        try {
          const { gl } = tiledBackend().gpgpu;
          const { drawArrays } = gl;
          let draws = 0;
          gl.drawArrays = (...args) => {
            if (where.startsWith('in') && ++draws === 20) loseContext();
            drawArrays.apply(gl, args);
          };
          const onProgress = () => void (where.startsWith('between') && loseContext());
          const tuning = () => tune(() => predict(weights), null, { ...options, onProgress });
          await expectContextLost(tuning, /tune\(\) was measuring/);
          expect(remembered, 'records').to.equal(0);
        } finally {
          IDBObjectStore.prototype.put = put;
        }
        // What was measured before is in use: another variant, other last bits.
        expectClose(numbers(weights), expected);
        expect(info().losses).to.equal(1);
        tf.dispose(weights);
      }));
  }
});

describe('lost context: TILED_ON_CONTEXT_LOSS', () => {
  it("'cpu' goes on with the kept values on tiled-cpu, and says so", () =>
    withWeights(
      async (weights, expected) => {
        const y = inPlanes([1, 4, 4, 8]);
        loseContext();
        const found = numbers(weights);
        expectClose(found, expected);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        expect(tiledInfo()).to.deep.include({ backend: 'tiled-cpu', engine: 'cpu' });
        const step = tiledInfo().ladder.find(({ from }) => from === 'tiled-loss');
        expect(step).to.include({ to: 'tiled-cpu', reason: 'the WebGL context was lost' });
        await expectTensorLost(() => tf.relu(y));
        await tf.setBackend('tiled-loss');
        expect(numbers(weights), 'asked for again').to.deep.equal(found);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        y.dispose();
      },
      { [flags.policy]: 'cpu' },
    ));

  it("'throw' refuses every kernel; values on the CPU can go elsewhere", () =>
    withWeights(
      async (weights, expected) => {
        loseContext();
        for (let i = 0; i < 2; i++) {
          await expectContextLost(() => numbers(weights), /TILED_ON_CONTEXT_LOSS is 'throw'/);
        }
        expect(info().losses).to.equal(1);
        expect([...(await weights.dense.data())]).to.deep.equal([...wholeNumbers([1, 1, 8, 5])]);
        await tf.setBackend('cpu');
        expectClose(numbers(weights), expected);
      },
      { [flags.policy]: 'throw' },
    ));

  it("'restore' tries again where the browser gives no new context, and 'cpu' goes on then", () =>
    withWeights(async (weights, expected) => {
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = (() => null) as never;
      try {
        loseContext();
        for (let i = 0; i < 2; i++) {
          await expectContextLost(
            () => numbers(weights),
            /gives no WebGL2 context\); the next call/,
          );
        }
        expect(tf.memory()).to.include({ numBytesInGPUAllocated: 0 });
      } finally {
        OffscreenCanvas.prototype.getContext = getContext;
      }
      expect(numbers(weights)).to.deep.equal(expected);
      expect(info().losses).to.equal(1);
    }));

  it('takes none but these', () => {
    expect(() => tf.env().set(flags.policy, 'retry')).to.throw(
      "TILED_ON_CONTEXT_LOSS must be 'restore', 'cpu' or 'throw'; got retry",
    );
    tf.env().set(flags.policy, 'restore');
  });
});

describe('lost context: a backend that was removed', () => {
  it('gives up its reads, and its weights to another backend', async () => {
    const name = 'tiled-removed';
    tf.copyRegisteredKernels('tiled-webgl', name);
    tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
    await tf.setBackend(name);
    const weights = makeWeights();
    const expected = numbers(weights);
    const y = inPlanes([1, 20, 20, 8]);
    const read = errorOf(() => y.data());
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    expect(await read).to.be.instanceOf(ContextLostError);
    await expectTensorLost(() => y.data());
    expectClose(numbers(weights), expected);
    tf.dispose([weights, y]);
  });
});
