/** Tests of element-wise kernels in tiles: their types, broadcasts and fusion. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { expectEqual } from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';
import { expectReplays, settle } from '../../src/capture/captureSupport.js';

const shape: Shape4 = [2, 5, 6, 5];

/** Returns small whole numbers in a shape, of which no two neighbours are equal. */
function numbers(of: readonly number[]): tf.Tensor {
  const size = of.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => ((i * 5) % 23) - 11),
    [...of],
  );
}

/** Expects what stock cpu computes of whole numbers, without a conversion of the values. */
async function equalsCPU(f: (x: tf.Tensor4D) => tf.Tensor, of = shape): Promise<void> {
  const expected = await onCPU(() => f(tf.tensor4d(wholeNumbers(of), of)));
  await leavingNothing(() => {
    const x = inPlanes(of);
    let y = tf.tidy(() => f(x));
    y.dispose();
    const found = conversionsIn(() => {
      y = tf.tidy(() => f(x));
    });
    expect(found.filter(({ kind }) => kind === 'untile')).to.deep.equal([]);
    expectEqual(y.dataSync(), expected);
    tf.dispose([x, y]);
  });
}

describe('broadcasts against a tensor in tiles', () => {
  const [n, h, w, c] = shape;
  const operands: Record<string, readonly number[][]> = {
    'one value per pixel': [
      [1, h, w, 1],
      [h, w, 1],
      [n, h, w, 1],
    ],
    'one value per row or column': [
      [1, h, 1, 1],
      [w, 1],
      [n, 1, w, 1],
    ],
    'one value per channel and row or column': [
      [1, h, 1, c],
      [w, c],
      [n, h, 1, c],
    ],
    'one batch element for all, or one value for each': [
      [1, h, w, c],
      [n, 1, 1, 1],
      [n, 1, 1, c],
    ],
  };
  for (const [what, shapes] of Object.entries(operands)) {
    it(`take ${what}, on either side`, () =>
      equalsCPU((x) => {
        const [a, b, d] = shapes.map(numbers);
        return tf.sub(d, tf.maximum(tf.sub(tf.mul(x, a), b), -40));
      }));
  }

  it('take a mask for each pixel in the order NCHW', () =>
    leavingNothing(async () => {
      const f = () =>
        tf.tidy(() => {
          const x = tf.tensor4d(wholeNumbers([2, 3, 4, 6]), [2, 3, 4, 6]);
          const ones = tf.ones([1, 1, 3, 5]) as tf.Tensor4D;
          const y = tf.conv2d(x, ones, 1, 'valid', 'NCHW');
          return tf.sub(tf.mul(y, numbers([4, 6])), numbers([2, 5, 1, 1]));
        });
      const expected = await onCPU(f);
      const y = f();
      expectOnlyInPlanes(y);
      expectEqual(y.dataSync(), expected);
      y.dispose();
    }));

  it('take rows of channels and a value for each row, after a reshape', () =>
    equalsCPU((x) => {
      const rows = tf.reshape(x, [n, h * w, c]);
      const a = numbers([n, h * w, 1]);
      return tf.add(tf.mul(rows, a), numbers([1, h * w, c]));
    }));

  it('spread both operands', () =>
    equalsCPU((x) => {
      const gate = tf.mean(x, [1, 2], true);
      return tf.sub(tf.round(gate), numbers([1, h, w, 1]));
    }));

  it('are left to stock if an axis is cut in two', () =>
    leavingNothing(async () => {
      const f = (x: tf.Tensor) => tf.add(tf.reshape(x, [n, h, 2, 3, c]), numbers([3, 1]));
      const expected = await onCPU(() => f(tf.tensor4d(wholeNumbers(shape), shape)));
      const x = inPlanes(shape);
      const y = tf.tidy(() => f(x));
      expectEqual(y.dataSync(), expected);
      tf.dispose([x, y]);
    }));
});

describe('booleans in tiles', () => {
  it('are read as stock reads them, by every way', () =>
    leavingNothing(async () => {
      const x = inPlanes(shape);
      const wanted = Uint8Array.from(wholeNumbers(shape), (v) => Number(v > 3));
      for (const read of [(y: tf.Tensor) => y.dataSync(), (y: tf.Tensor) => y.data()]) {
        const y = tf.greater(x, 3);
        expect(y.dtype).to.equal('bool');
        const values: unknown = await read(y);
        expect(values).to.be.instanceOf(Uint8Array);
        expect(values).to.deep.equal(wanted);
        y.dispose();
      }
      const y = tf.greater(x, 3);
      // A stock kernel reads them as a texture.
      const turned = tf.tidy(() => tf.transpose(tf.reverse(y), [3, 2, 1, 0]));
      expect(turned.dtype).to.equal('bool');
      expect(turned.dataSync()).to.be.instanceOf(Uint8Array);
      expect(tf.tidy(() => tf.sum(tf.cast(turned, 'float32')).dataSync()[0])).to.equal(
        wanted.reduce((a, b) => a + b, 0),
      );
      tf.dispose([x, y, turned]);
    }));

  it('combine, choose, and become numbers where they are', () =>
    equalsCPU((x) => {
      const isLarge = tf.greater(x, 4);
      const isOdd = tf.notEqual(tf.mod(x, 2), 0);
      const isFit = tf.logicalOr(tf.logicalAnd(isLarge, tf.logicalNot(isOdd)), tf.less(x, -9));
      const chosen = tf.where(isFit, tf.neg(x), tf.square(x));
      return tf.add(chosen, tf.cast(tf.cast(isOdd, 'float32'), 'bool'));
    }));

  it('and whole numbers come of a cast, which reads as stock does', () =>
    leavingNothing(() => {
      const x = inPlanes(shape);
      const [bool, whole, back] = tf.tidy(() => {
        const halves = tf.div(x, 2);
        const whole = tf.cast(halves, 'int32');
        return [tf.cast(x, 'bool'), whole, tf.cast(whole, 'float32')];
      });
      expect([bool.dtype, whole.dtype, back.dtype]).to.deep.equal(['bool', 'int32', 'float32']);
      const values = wholeNumbers(shape);
      expect(bool.dataSync()).to.deep.equal(Uint8Array.from(values, (v) => Number(v !== 0)));
      expect(whole.dataSync()).to.deep.equal(Int32Array.from(values, (v) => Math.trunc(v / 2)));
      const sum = tf.tidy(() => tf.add(back, 0.5).dataSync());
      expect([...sum]).to.deep.equal(Array.from(values, (v) => Math.trunc(v / 2) + 0.5));
      tf.dispose([x, bool, whole, back]);
    }));

  it('are no floats to kernels that move values', () =>
    leavingNothing(async () => {
      const f = (x: tf.Tensor4D) => {
        const is = tf.greater(x, 3) as tf.Tensor4D;
        return tf.concat([
          tf.slice(is, [0, 1, 1, 0], [2, 2, 3, 5]),
          tf.zeros([2, 2, 3, 5], 'bool'),
        ]);
      };
      const expected = await onCPU(() => f(tf.tensor4d(wholeNumbers(shape), shape)));
      const x = inPlanes(shape);
      const y = tf.tidy(() => f(x));
      expect(y.dtype).to.equal('bool');
      expectEqual(y.dataSync(), expected);
      tf.dispose([x, y]);
    }));
});

/** Weights of a net whose values are exact multiples of 1/8. */
function weightsOf(): tf.Tensor4D[] {
  const filter = () =>
    tf.tensor4d(
      Float32Array.from({ length: 9 * 25 }, (_, i) => (((i * 7) % 5) - 2) / 8),
      [3, 3, 5, 5],
    );
  return [filter(), filter()];
}

/** Kernels between two convolutions that are a choice by a comparison, as leaky activations are. */
function net([first, second]: tf.Tensor4D[], x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const y = tf.conv2d(x, first, 1, 'same');
    const z = tf.mul(tf.abs(y), 0.25);
    const isLarge = tf.greater(z, 0.5);
    const chosen = tf.where(isLarge, z, y);
    return tf.conv2d(chosen as tf.Tensor4D, second, 1, 'same');
  });
}

describe('nets of element-wise kernels', () => {
  it('stay in tiles, in one draw between two convolutions, and with the bits of separate draws', () =>
    leavingNothing(async () => {
      const wanted = await onCPU(() => net(weightsOf(), tf.tensor4d(wholeNumbers(shape), shape)));
      const weights = weightsOf();
      const x = inPlanes(shape);
      net(weights, x).dispose();
      let y: tf.Tensor = x;
      expect(
        conversionsIn(() => {
          y = net(weights, x);
          tiledBackend().flush();
        }),
      ).to.deep.equal([]);
      expectOnlyInPlanes(y);
      const fused = Object.keys(tiledBackend().log.fused());
      expect(fused).to.include('Conv2D + Abs + Multiply + Greater + Select');
      expectEqual(y.dataSync(), wanted);
      const apart = tf.tidy(() => {
        const value = tf.conv2d(x, weights[0], 1, 'same');
        value.dataSync();
        const z = tf.mul(tf.abs(value), 0.25);
        z.dataSync();
        const isLarge = tf.greater(z, 0.5);
        isLarge.dataSync();
        const chosen = tf.where(isLarge, z, value) as tf.Tensor4D;
        return tf.conv2d(chosen, weights[1], 1, 'same');
      });
      expect(apart.dataSync()).to.deep.equal(y.dataSync());
      tf.dispose([x, y, apart, ...weights]);
    }));

  it('draw branches from one convolution with it, which then meet again', () =>
    leavingNothing(async () => {
      const alpha = () => tf.tensor1d([0.5, 0.25, 2, -1, 0]);
      const prelus: Record<string, (y: tf.Tensor) => tf.Tensor> = {
        'Conv2D + Relu + Neg + Relu + Multiply + Sub': (y) =>
          tf.sub(tf.relu(y), tf.mul(tf.relu(tf.neg(y)), alpha())),
        'Conv2D + Relu + Abs + Sub + Multiply + Multiply + AddN': (y) =>
          tf.addN([tf.relu(y), tf.mul(tf.mul(tf.sub(y, tf.abs(y)), alpha()), 0.5)]),
      };
      for (const [kernels, prelu] of Object.entries(prelus)) {
        const f = (x: tf.Tensor4D) => {
          const [filter, second] = weightsOf();
          const y = prelu(tf.conv2d(x, filter, 1, 'same')) as tf.Tensor4D;
          return tf.conv2d(y, second, 1, 'same');
        };
        const wanted = await onCPU(() => f(tf.tensor4d(wholeNumbers(shape), shape)));
        const x = inPlanes(shape);
        const y = tf.tidy(() => f(x));
        expectEqual(y.dataSync(), wanted);
        expect(Object.keys(tiledBackend().log.fused())).to.include(kernels);
        tf.dispose([x, y]);
      }
    }));

  it('add many tensors in one draw', () =>
    leavingNothing(async () => {
      const f = (x: tf.Tensor) => tf.addN([x, tf.relu(x), tf.neg(x), x]);
      const wanted = await onCPU(() => f(tf.tensor4d(wholeNumbers(shape), shape)));
      const x = inPlanes(shape);
      const y = tf.tidy(() => f(x));
      expectOnlyInPlanes(y);
      expectEqual(y.dataSync(), wanted);
      tf.dispose([x, y]);
    }));

  it('are captured, with booleans among their outputs', () =>
    leavingNothing(async () => {
      const weights = weightsOf();
      const model = (x: tf.Tensor4D) =>
        tf.tidy(() => {
          const y = net(weights, x);
          return [y, tf.lessEqual(y, 0.25), tf.cast(y, 'int32')];
        });
      const make = () => tf.randomUniform(shape, -4, 4) as tf.Tensor4D;
      const x = make();
      const fast = await capture(model, x);
      await settle(fast, model, make);
      await expectReplays(fast, model, make);
      fast.dispose();
      x.dispose();
      tf.dispose(weights);
    }));
});
