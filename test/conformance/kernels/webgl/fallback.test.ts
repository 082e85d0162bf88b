/** Tests of each fallback below our kernels: the next variant, the stock kernel, the cpu kernel. */
import { expect } from 'chai';
import { TiledWebGLBackend, tiledInfo } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';

const name = 'tiled-ladder';

function convolution(): number[] {
  return tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 720), [1, 9, 10, 8]) as tf.Tensor4D;
    return [...tf.conv2d(x, tf.ones([3, 3, 8, 32]) as tf.Tensor4D, 1, 'same').dataSync()];
  });
}

/** Runs `body` on a new backend whose context rejects shaders for which `refuses` returns true. */
async function withRefusals(
  refuses: (source: string) => boolean,
  body: (warnings: string[]) => void,
): Promise<void> {
  tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
  await tf.setBackend(name);
  const { gl } = (tf.backend() as unknown as TiledWebGLBackend).gpgpu;
  const { shaderSource } = gl;
  gl.shaderSource = (shader, source) =>
    shaderSource.call(gl, shader, refuses(source) ? 'not a shader' : source);
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (line: string) => void warnings.push(line);
  try {
    body(warnings);
  } finally {
    console.warn = warn;
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

describe('the ladder of fallbacks', () => {
  let expected: number[];

  before(async () => {
    await tf.setBackend('cpu');
    expected = convolution();
  });

  const sharesInput = (source: string) => source.includes('ivec2 tileStep');

  it('takes the next variant when one does not compile', () =>
    withRefusals(
      (source) => sharesInput(source) && source.includes('target7'),
      (warnings) => {
        expect(convolution()).to.deep.equal(expected);
        expect(convolution(), 'again').to.deep.equal(expected);
        const { ladder, variants } = tiledInfo(name);
        expect(variants.Conv2D).to.have.all.keys('direct-2x2x1');
        expect(ladder[0].from).to.match(/^direct-/);
        expect(ladder[0].reason).to.match(/does not compile/);
        expect(ladder.every(({ count }) => count === 2)).to.equal(true);
        expect(warnings.length, 'each step is warned about once').to.equal(ladder.length);
      },
    ));

  it('takes the next variant of a transposed convolution when one does not compile', async () => {
    const upsample = () =>
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, 96), [1, 3, 4, 8]) as tf.Tensor4D;
        const filter = tf.ones([3, 3, 5, 8]) as tf.Tensor4D;
        return [...tf.conv2dTranspose(x, filter, [1, 6, 8, 5], 2, 'same').dataSync()];
      });
    await tf.setBackend('cpu');
    const wanted = upsample();
    await withRefusals(
      (source) => sharesInput(source) && source.includes('target7'),
      () => {
        expect(upsample()).to.deep.equal(wanted);
        expect(upsample(), 'again').to.deep.equal(wanted);
        const { ladder, variants } = tiledInfo(name);
        expect(variants).to.deep.equal({ Conv2DBackpropInput: { 'transposed-2x2x1': 2 } });
        const [{ from, to, reason }] = ladder;
        expect([from, to]).to.deep.equal(['transposed-4x2x1', 'transposed-2x2x1']);
        expect(reason).to.match(/does not compile/);
      },
    );
  });

  it('takes the general variant when no program in which pixels share input compiles', () =>
    withRefusals(sharesInput, () => {
      expect(convolution()).to.deep.equal(expected);
      expect(tiledInfo(name).variants.Conv2D).to.deep.equal({ general: 1 });
    }));

  it('takes the stock webgl kernel when no variant compiles', () =>
    withRefusals(
      (source) => source.includes('TileLayout'),
      () => {
        expect(convolution()).to.deep.equal(expected);
        const { variants, ladder } = tiledInfo(name);
        expect(variants).to.deep.equal({});
        expect(ladder.at(-1)?.to).to.equal('stock webgl');
      },
    ));

  for (const [what, part] of [
    ['rearrangement', 'int number0;'],
    ['product', 'ivec2 matrices;'],
  ]) {
    it(`takes stock webgl kernels for each deferred ${what} that does not compile`, async () => {
      const attention = () =>
        tf.tidy(() => {
          const x = tf.reshape(tf.range(0, 360), [1, 3, 5, 24]) as tf.Tensor4D;
          const y = tf.depthwiseConv2d(x, tf.ones([1, 1, 24, 1]) as tf.Tensor4D, 1, 'same');
          const heads = tf.transpose(tf.reshape(y, [15, 3, 2, 4]), [1, 2, 0, 3]);
          const [q, k, v] = tf.split(heads, 3, 0).map((t) => tf.squeeze(t, [0]));
          const scores = tf.matMul(tf.sub(q, 90), tf.sub(k, 90), false, true);
          return [...tf.matMul(tf.clipByValue(scores, 0, 1), v).dataSync()];
        });
      await tf.setBackend('cpu');
      const wanted = attention();
      await withRefusals(
        (source) => source.includes(part),
        () => {
          expect(attention()).to.deep.equal(wanted);
          expect(tiledInfo(name).ladder.length).to.be.greaterThan(0);
          expect(attention(), 'again').to.deep.equal(wanted);
        },
      );
    });
  }

  it('takes the cpu kernel when the stock webgl kernel fails as well', () =>
    withRefusals(
      () => true,
      () => {
        const { numDataIds } = tf.backend();
        const before = numDataIds.call(tf.backend());
        expect(convolution()).to.deep.equal(expected);
        const { ladder } = tiledInfo(name);
        expect(ladder.at(-1)?.to).to.equal('cpu');
        expect(numDataIds.call(tf.backend()), 'data left behind').to.equal(before);
      },
    ));

  describe('without stock cpu', () => {
    /** Runs `body` while there is no factory of stock cpu, as in an app that did not import it. */
    function without(body: () => void): void {
      const { registryFactory } = tf.engine();
      const { cpu } = registryFactory;
      delete registryFactory.cpu;
      try {
        body();
      } finally {
        registryFactory.cpu = cpu;
      }
    }

    it('says which import brings the cpu kernel, and leaves no data behind', () =>
      withRefusals(
        () => true,
        () =>
          without(() => {
            const before = tf.backend().numDataIds();
            expect(convolution).to.throw(
              /^Conv2D: .*compile.*; and there is no CPU kernel .*import '@tensorflow\/tfjs-backend-cpu'$/s,
            );
            expect(tf.backend().numDataIds()).to.equal(before);
          }),
      ));

    it('computes few values by the stock webgl kernel', () =>
      withRefusals(
        () => false,
        () =>
          without(() => {
            const least = tf.tidy(() => tf.min(tf.tensor([3, -2, 5])).dataSync());
            expect([...least]).to.deep.equal([-2]);
            expect(tiledInfo(name).ladder).to.deep.equal([]);
          }),
      ));
  });

  it('takes the cpu kernel for a kernel with a list of inputs or of results', () =>
    withRefusals(
      () => true,
      () => {
        // Large enough not to be computed on the CPU anyway.
        const parts = tf.tidy(() => {
          const x = tf.reshape(tf.range(0, 160 * 160 * 4), [1, 160, 160, 4]);
          return tf.split(tf.concat([x, x], 3), [1, 7], 3).map((part) => [...part.dataSync()]);
        });
        const all = Array.from({ length: 160 * 160 }, (_, pixel) =>
          [0, 1, 2, 3, 0, 1, 2, 3].map((channel) => 4 * pixel + channel),
        );
        expect(parts[0]).to.deep.equal(all.map(([first]) => first));
        expect(parts[1]).to.deep.equal(all.flatMap(([, ...others]) => others));
        expect(tiledInfo(name).ladder.filter(({ to }) => to === 'cpu')).to.have.length(2);
      },
    ));

  it('throws the error of a wrong argument to the caller, without a step down', () =>
    withRefusals(
      () => false,
      (warnings) => {
        const x = tf.zeros([1, 3, 3, 1]) as tf.Tensor4D;
        const filter = tf.zeros([3, 3, 1, 1]) as tf.Tensor4D;
        expect(() => tf.conv2d(x, filter, 1, 'valid', 'NHWC', 2)).to.throw(/dilated filter 5x5/);
        expect(tiledInfo(name).ladder).to.deep.equal([]);
        expect(warnings).to.deep.equal([]);
        tf.dispose([x, filter]);
      },
    ));

  it("throws what stock refuses, and computes the kernel's next call as before", () =>
    withRefusals(
      () => false,
      (warnings) => {
        const backend = tf.backend() as unknown as TiledWebGLBackend;
        const ones = (...shape: number[]): tf.Tensor => tf.ones(shape);
        const kernel = (name: string, inputs: object, attrs: object) =>
          tf.engine().runKernel(name, inputs as never, attrs as never) as tf.Tensor;
        const matMul = (a: tf.Tensor, b: tf.Tensor) =>
          kernel('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
        tf.tidy(() => {
          const filter = tf.ones([1, 1, 8, 1]) as tf.Tensor4D;
          const x = tf.depthwiseConv2d(tf.ones([1, 9, 10, 8]) as tf.Tensor4D, filter, 1, 'valid');
          const rows = tf.reshape(x, [90, 8]);
          const calls: [good: () => tf.Tensor, bad: () => tf.Tensor, message: string][] = [
            [
              () => tf.batchNorm(x, ones(8) as never, ones(8) as never),
              () => tf.batchNorm(x, ones(3) as never, ones(3) as never),
              'could not be broadcast together with shapes 1,9,10,8 and 3',
            ],
            [
              () => matMul(rows, ones(8, 4)),
              () => matMul(rows, ones(7, 4)),
              'inner shapes (8) and (7)',
            ],
            [() => tf.maxPool(x, 2, 2, 'same'), () => tf.maxPool(x, 11, 1, 'valid'), '11x11'],
          ];
          for (const [good, bad, message] of calls) {
            const before = good();
            expect(backend.runner.placementOfData(before)).to.not.equal(null);
            expect(bad).to.throw(message);
            const after = good();
            expect(backend.runner.placementOfData(after)).to.deep.equal(
              backend.runner.placementOfData(before),
            );
            expect(after.dataSync()).to.deep.equal(before.dataSync());
          }
        });
        const { ladder, variants } = tiledInfo(name);
        expect(ladder).to.deep.equal([]);
        expect(warnings).to.deep.equal([]);
        expect(Object.keys(variants.BatchMatMul), 'variants of good calls').to.have.length(1);
      },
    ));
});
