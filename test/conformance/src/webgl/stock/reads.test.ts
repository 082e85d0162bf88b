/** Tests of reads in a steady state, in which no texture or program is new. */
import { expect } from 'chai';
import { onNewContext, replaceCall } from '../../../../../scripts/webgl/contexts.js';
import { faultKinds, faultOf } from '../../../../../scripts/webgl/faults.js';
import { TiledWebGLBackend } from '../../../../../src/index.js';
import { tf } from '../../../../support/setup.js';

const name = 'tiled-steady';

type Read = (y: tf.Tensor) => Promise<ArrayLike<number>>;

const reads: readonly [string, Read][] = [
  ['data()', (y) => y.data()],
  ['dataSync()', async (y) => y.dataSync()],
];

const predict = (value: number) =>
  tf.tidy(() => {
    const x = tf.fill<tf.Rank.R4>([1, 6, 6, 4], value);
    return tf.conv2d(x, tf.ones<tf.Rank.R4>([2, 2, 4, 4]), 1, 'valid');
  });

/** Runs `body` on a new backend, in a context that `prepare` may change. */
async function onNewBackend(
  prepare: (gl: WebGL2RenderingContext) => void,
  body: () => Promise<void>,
): Promise<void> {
  const forget = onNewContext(prepare);
  tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
  const { warn } = console;
  console.warn = () => {};
  try {
    await tf.setBackend(name);
    await body();
  } finally {
    console.warn = warn;
    forget();
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

async function firstOf(y: tf.Tensor, read: Read): Promise<number> {
  try {
    return (await read(y))[0];
  } finally {
    y.dispose();
  }
}

describe('reads of a net in a steady state', () => {
  for (const [what, read] of reads) {
    for (const kind of ['draw fails', 'upload fails']) {
      it(`fail by ${what} if a ${kind}, and the next one is right`, async () => {
        const faultKind = faultKinds.find(({ name: other }) => other === kind)!;
        const fault = faultOf(faultKind, 1, false);
        let isFirst = true;
        const prepare = (gl: WebGL2RenderingContext) => {
          if (isFirst) fault.into(gl);
          isFirst = false;
        };
        await onNewBackend(prepare, async () => {
          for (let i = 1; i < 5; i++) expect(await firstOf(predict(i), read)).to.equal(16 * i);
          const { device } = tf.backend() as unknown as TiledWebGLBackend;
          const known = device.resourceEpoch;
          fault.arm();
          let error: Error | null = null;
          let value: number | null = null;
          try {
            value = await firstOf(predict(5), read);
          } catch (reason) {
            error = reason as Error;
          }
          expect(device.resourceEpoch, 'textures and programs').to.equal(known);
          expect(fault.struck, 'a call that failed').not.to.equal(null);
          expect(value).to.equal(null);
          expect(error).to.have.property('name', 'ContextLostError');
          expect(await firstOf(predict(6), read)).to.equal(96);
        });
      });
    }

    it(`make no buffer by ${what}, and ask for errors once for several outputs`, async () => {
      const calls = { createBuffer: 0, getError: 0 };
      const prepare = (gl: WebGL2RenderingContext) => {
        for (const call of ['createBuffer', 'getError'] as const) {
          replaceCall(gl, call, (real, args) => {
            calls[call]++;
            return real(...args);
          });
        }
      };
      await onNewBackend(prepare, async () => {
        const three = async () => {
          const outputs = [1, 2, 3].map(predict);
          const values = await Promise.all(outputs.map(read));
          expect(values.map((of) => of[0])).to.deep.equal([16, 32, 48]);
          tf.dispose(outputs);
        };
        for (let i = 0; i < 4; i++) await three();
        Object.assign(calls, { createBuffer: 0, getError: 0 });
        await three();
        expect(calls).to.deep.equal({ createBuffer: 0, getError: what === 'data()' ? 1 : 3 });
      });
    });
  }
});
