/** Tests of warmUp(), an early first prediction: what it compiles, leaves, and must not do. */
import { expect } from 'chai';
import { tiledInfo, type WarmUpProgress, warmUp } from '../../../src/index.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../support/residencySupport.js';
import { tf } from '../../support/setup.js';

const name = 'tiled-webgl';
const shape: Shape4 = [1, 9, 11, 5];

/** Runs our kernels and stock's alternately; `step` makes programs that no other test has. */
function net(x: tf.Tensor, step: number): tf.Tensor {
  return tf.tidy(() => {
    const filter = tf.tensor4d(wholeNumbers([3, 3, 5, 8]), [3, 3, 5, 8]);
    const y = tf.conv2d(x as tf.Tensor4D, filter, [step, 1], 'same');
    const z = tf.relu(tf.add(y, tf.range(0, 8)));
    return tf.cumsum(tf.depthToSpace(z as tf.Tensor4D, 2, 'NHWC'), step % 2);
  });
}

const input = () => tf.tensor4d(wholeNumbers(shape), shape);

/** Counts the programs that we and stock link in `body`. */
async function linked(body: () => unknown): Promise<number> {
  const { gl } = tiledBackend().gpgpu;
  const { linkProgram } = gl;
  let count = 0;
  gl.linkProgram = (program: WebGLProgram) => {
    count++;
    linkProgram.call(gl, program);
  };
  try {
    await body();
  } finally {
    gl.linkProgram = linkProgram;
  }
  return count;
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('warmUp', () => {
  it('compiles every program of a prediction, and reports its progress', () =>
    leavingNothing(async () => {
      const x = input();
      const seen: WarmUpProgress[] = [];
      const report = await warmUp((t: tf.Tensor) => net(t, 5), x, {
        onProgress: (progress) => seen.push(progress),
      });
      expect(report.programs).to.be.above(2);
      expect(seen.map(({ stage }) => stage).filter((s, i, all) => s !== all[i - 1])).to.deep.equal([
        'compile',
        'run',
        'done',
      ]);
      for (const [i, { compiled, total }] of seen.entries()) {
        expect(compiled).to.be.within(seen[i - 1]?.compiled ?? 0, total);
      }
      expect(seen.at(-1)).to.deep.equal({
        stage: 'done',
        compiled: report.programs,
        total: report.programs,
      });
      const again = await linked(() => net(x, 5).dispose());
      expect(again, 'programs linked after it').to.equal(0);
      x.dispose();
    }));

  it('starts to compile only after the call of the model, which waits for no program', () =>
    leavingNothing(async () => {
      const { gl } = tiledBackend().gpgpu;
      const { linkProgram } = gl;
      let links = 0;
      gl.linkProgram = (program: WebGLProgram) => {
        links++;
        linkProgram.call(gl, program);
      };
      const x = input();
      const filter = tf.tensor4d(wholeNumbers([3, 3, 5, 8]), [3, 3, 5, 8]);
      const atEnd: number[] = [];
      try {
        const { programs } = await warmUp((t: tf.Tensor) => {
          const y = tf.tidy(() => tf.relu(tf.conv2d(t as tf.Tensor4D, filter, [11, 1], 'same')));
          atEnd.push(links);
          return y;
        }, x);
        expect(programs).to.be.above(0);
        expect(atEnd).to.deep.equal([0, programs]);
      } finally {
        gl.linkProgram = linkProgram;
        tf.dispose([x, filter]);
      }
    }));

  it('reports after each program when the browser has no parallel compilation', () =>
    leavingNothing(async () => {
      const { gl } = tiledBackend().gpgpu;
      const { getExtension } = gl;
      const extension = (name: string) =>
        name === 'KHR_parallel_shader_compile' ? null : Reflect.apply(getExtension, gl, [name]);
      Object.assign(gl, { getExtension: extension });
      const x = input();
      const seen: number[] = [];
      let turns = 0;
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        turns++;
        channel.port2.postMessage(null);
      };
      channel.port2.postMessage(null);
      const turnsAt: number[] = [];
      try {
        const { programs } = await warmUp((t: tf.Tensor) => net(t, 9), x, {
          onProgress({ stage, compiled }) {
            if (stage !== 'compile') return;
            seen.push(compiled);
            turnsAt.push(turns);
          },
        });
        expect(programs).to.be.above(2);
        expect(seen).to.deep.equal(Array.from({ length: programs + 1 }, (_, i) => i));
        // The page's event loop runs in between.
        for (const [i, at] of turnsAt.entries()) expect(at).to.be.above(turnsAt[i - 1] ?? -1);
      } finally {
        channel.port1.close();
        Object.assign(gl, { getExtension });
        x.dispose();
      }
    }));

  for (const [where, make] of [
    ['on the CPU', input],
    ['in planes', () => inPlanes(shape)],
    ['in a stock texture', () => tf.tidy(() => tf.cumsum(input(), 0) as tf.Tensor4D)],
  ] as const) {
    it(`leaves predictions unchanged for an input ${where}`, () =>
      leavingNothing(async () => {
        const wanted = tf.tidy(() => [...net(make(), 7).dataSync()]);
        const x = make();
        await warmUp({ predict: (t: tf.Tensor) => net(t, 7) }, x);
        const y = net(x, 7);
        expect([...y.dataSync()]).to.deep.equal(wanted);
        tf.dispose([x, y]);
      }));
  }

  it('runs models that read values in the middle, synchronously or not', () =>
    leavingNothing(async () => {
      const x = input();
      const reading = {
        predict(t: tf.Tensor) {
          const [first] = tf.tidy(() => net(t, 3).dataSync());
          return tf.tidy(() => net(tf.add(t, first), 1));
        },
      };
      const waiting = {
        async executeAsync(t: tf.Tensor) {
          const y = net(t, 3);
          const [first] = await y.data();
          y.dispose();
          return { y: tf.tidy(() => net(tf.add(t, first), 1)) };
        },
      };
      await warmUp(reading, x);
      await warmUp(waiting, x);
      const a = reading.predict(x);
      const { y } = await waiting.executeAsync(x);
      expect([...y.dataSync()]).to.deep.equal([...a.dataSync()]);
      tf.dispose([x, y, a]);
    }));

  it('leaves pending inputs unchanged, fused with other results or not', () =>
    leavingNothing(async () => {
      const [x, y] = [inPlanes(shape), inPlanes(shape)];
      const z = tf.relu(y);
      await warmUp((t: tf.Tensor[]) => t.map((one) => net(one, 8)), [x, y, z]);
      const values = wholeNumbers(shape);
      expect([...x.dataSync()]).to.deep.equal([...values]);
      expect([...y.dataSync()]).to.deep.equal([...values]);
      expect([...z.dataSync()]).to.deep.equal(Array.from(values, (v) => Math.max(0, v)));
      tf.dispose([x, y, z]);
    }));

  it('does not count the first call, which draws nothing', () =>
    leavingNothing(async () => {
      const x = input();
      const runs = () => tiledInfo(name).variants.Conv2D ?? {};
      const sum = (counts: Record<string, number>) =>
        Object.values(counts).reduce((a, b) => a + b, 0);
      const before = sum(runs());
      await warmUp((t: tf.Tensor) => net(t, 1), x);
      expect(sum(runs()) - before).to.equal(1);
      x.dispose();
    }));

  it('calls the model once on tiled-cpu', async () => {
    await tf.setBackend('tiled-cpu');
    const x = input();
    let calls = 0;
    const report = await warmUp((t: tf.Tensor) => {
      calls++;
      return net(t, 1);
    }, x);
    expect(calls).to.equal(1);
    expect(report.programs).to.equal(0);
    x.dispose();
    await tf.setBackend(name);
  });

  it('says what is wrong with an argument, and passes on what the model throws', () =>
    leavingNothing(async () => {
      const x = input();
      expect(await refusal(warmUp(null as never, x))).to.match(/warmUp: model must be .* got null/);
      const onProgress = 'often' as never;
      expect(await refusal(warmUp(() => x, x, { onProgress }))).to.match(/onProgress .* string/);
      expect(await refusal(warmUp(() => x, x, { backend: 'cpu' }))).to.match(
        /'cpu' is not a tiled backend/,
      );
      const failing = () => {
        throw new Error('out of order');
      };
      expect(await refusal(warmUp(failing, x))).to.equal('out of order');
      expect(x.isDisposed).to.equal(false);
      x.dispose();
    }));

  it('refuses a model that keeps what the first call should have computed', () =>
    leavingNothing(async () => {
      const x = input();
      let kept: tf.Tensor | undefined;
      const model = (t: tf.Tensor) => {
        kept ??= tf.keep(tf.relu(t));
        return tf.add(kept, t);
      };
      expect(await refusal(warmUp(model, x))).to.match(/keeps 1 tensors/);
      tf.dispose([x, kept as tf.Tensor]);
    }));
});
