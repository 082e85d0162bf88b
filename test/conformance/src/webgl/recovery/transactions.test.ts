/** Tests of failures in the middle: all else keeps its values, and nothing is left behind. */
import { expect } from 'chai';
import { NeedsFallback } from '../../../../../kernels/errors.js';
import { OutOfMemory } from '../../../../../src/webgl/device/memory.js';
import {
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../../support/residencySupport.js';
import { exactly, expectWithin, swish } from '../../../../support/rounding.js';
import { tf } from '../../../../support/setup.js';
import { convolved, makeFilter, makeInput, shape } from '../wholeConvolution.js';

/** Replaces methods of the active backend, or of its runner, while `body` runs. */
async function replacing(
  methods: Record<string, unknown>,
  body: () => void | Promise<void>,
  owner: object = tiledBackend(),
): Promise<void> {
  const own = Object.keys(methods).filter((name) => Object.hasOwn(owner, name));
  const usual = Object.fromEntries(own.map((name) => [name, Reflect.get(owner, name)]));
  Object.assign(owner, methods);
  try {
    await body();
  } finally {
    for (const name of Object.keys(methods)) Reflect.deleteProperty(owner, name);
    Object.assign(owner, usual);
  }
}

/** Runs `body` while the values of tensors that it adds to `refused` cannot be drawn. */
function whereDrawsFail(body: (refused: Set<object>) => void | Promise<void>): Promise<void> {
  const { runner } = tiledBackend();
  const refused = new Set<object>();
  const { drawInto } = runner;
  const methods = {
    drawInto: (...given: Parameters<typeof drawInto>) => {
      if (refused.has(given[0])) throw new NeedsFallback('planted');
      drawInto.apply(runner, given);
    },
    stepDown: () => {},
  };
  return replacing(methods, () => body(refused), runner);
}

describe('recovery from a failed kernel call', () => {
  it('leaves pending work intact when an operand to fuse with it cannot be drawn', () =>
    leavingNothing(async () => {
      const sum = () => {
        const filter = makeFilter();
        return tf.add(convolved(makeInput(), filter), convolved(makeInput(), filter));
      };
      const expected = await onCPU(sum);
      const filter = makeFilter();
      await whereDrawsFail((refused) => {
        const inputs = [makeInput(), makeInput()];
        const [x, other] = inputs.map((input) => convolved(input, filter));
        // Models dispose of their inputs this early; the pending work still holds them.
        tf.dispose(inputs);
        refused.add(other.dataId);
        const y = tf.add(x, other);
        // Uses up the free planes.
        tf.dispose([inPlanes(shape), inPlanes(shape)]);
        expect([...y.dataSync()]).to.deep.equal(expected);
        tf.dispose([x, other, y]);
      });
      filter.dispose();
    }));

  it('recomputes a fused chain kernel by kernel when its intermediates were disposed', () =>
    leavingNothing(async () => {
      const chain = (input: tf.Tensor4D, filter: tf.Tensor4D, drop: (y: tf.Tensor) => void) => {
        const y = convolved(input, filter);
        const z = tf.relu(y);
        drop(y);
        const w = tf.mul(z, 2);
        drop(z);
        return w;
      };
      const expected = await onCPU(() => chain(makeInput(), makeFilter(), () => {}));
      await whereDrawsFail((refused) => {
        const given = [makeInput(), makeFilter()] as const;
        const y = chain(...given, (value) => value.dispose());
        refused.add(y.dataId);
        expect([...y.dataSync()]).to.deep.equal(expected);
        tf.dispose([y, ...given]);
      });
    }));

  it('leaves no texture shape on record when an upload fails, so that a packed upload works', () =>
    leavingNothing(async () => {
      const odd: Shape4 = [1, 225, 225, 3];
      const x = tf.tensor4d(wholeNumbers(odd), odd);
      const full = () => {
        throw new OutOfMemory('planted');
      };
      await replacing({ acquireTexture: full }, () => {
        expect(() => tiledBackend().uploadToGPU(x.dataId)).to.throw('planted');
      });
      // Stock does this before it runs a program that reads packed textures.
      Object.assign(tiledBackend().texData.get(x.dataId), { isPacked: true });
      tiledBackend().uploadToGPU(x.dataId);
      expect(x.dataSync()).to.deep.equal(wholeNumbers(odd));
      x.dispose();
    }));

  it('splits the recomputed tensor when the tensor to split cannot be drawn', () =>
    leavingNothing(async () => {
      const silu = (input: tf.Tensor4D, filter: tf.Tensor4D) => {
        const y = tf.mul(convolved(input, filter), 2 ** -10);
        return tf.mul(y, tf.sigmoid(y));
      };
      const stock = await onCPU(() => silu(makeInput(), makeFilter()));
      // Sums of whole numbers, and their products with a power of two, are exact.
      const sums = await onCPU(() => convolved(makeInput(), makeFilter()));
      const truth = sums.map((y) => swish(exactly(y * 2 ** -10)));
      expectWithin(stock, truth, 'stock');
      await whereDrawsFail((refused) => {
        tf.tidy(() => {
          const x = silu(makeInput(), makeFilter());
          refused.add(x.dataId);
          const parts = tf.split(x, 2, 3);
          expectWithin(tf.concat(parts, 3).dataSync(), truth);
        });
      });
    }));

  it('refuses to recompute from a disposed input whose array was written to since', () =>
    leavingNothing(async () => {
      const filter = makeFilter();
      await whereDrawsFail((refused) => {
        const frame = wholeNumbers(shape);
        const x = tf.tensor4d(frame, shape);
        const y = convolved(x, filter);
        x.dispose();
        frame.fill(1);
        refused.add(y.dataId);
        expect(() => y.dataSync()).to.throw(
          'a tensor [1,20,20,16] of float32 is needed again, and its array has been written to',
        );
        y.dispose();
      });
      filter.dispose();
    }));

  it('names the tensor whose array was transferred to a worker, instead of computing with zeros', () =>
    leavingNothing(() => {
      const filter = makeFilter();
      for (const use of [
        (x: tf.Tensor4D) => convolved(x, filter),
        (x: tf.Tensor4D) => tf.cumsum(x, 1),
        (x: tf.Tensor4D) => tf.relu(x),
        (x: tf.Tensor4D) => tf.transpose(x, [0, 3, 1, 2]),
      ]) {
        const values = wholeNumbers(shape);
        const x = tf.tensor4d(values, shape);
        structuredClone(values, { transfer: [values.buffer] });
        expect(() => use(x)).to.throw(
          'the array of a tensor [1,20,20,16] of float32 has 0 values and not 6400: ' +
            'it must not be handed to a worker while the tensor lives',
        );
        x.dispose();
      }
      filter.dispose();
    }));

  it('reads without a texture when none can be made, and leaves nothing behind', async () => {
    const read = async () => {
      const whole = makeInput();
      const part = tf.slice(whole, [0, 5], [1, 10]);
      expect(tiledBackend().texData.get(part.dataId).slice, 'a shared texture').to.be.an('object');
      const expected = (await onCPU(() => tf.slice(makeInput(), [0, 5], [1, 10]))) as number[];
      let failures = 0;
      await replacing(
        {
          acquireTexture: () => {
            failures++;
            throw new OutOfMemory('planted');
          },
        },
        async () => {
          expect([...(await part.data())]).to.deep.equal(expected);
        },
      );
      expect(failures).to.be.above(0);
      tf.dispose([whole, part]);
    };
    await tf.setBackend('tiled-webgl');
    // The first refusal makes the engine give up what it keeps for other tests.
    await read();
    await leavingNothing(read);
  });
});
