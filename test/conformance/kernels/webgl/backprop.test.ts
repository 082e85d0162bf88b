/** Tests that gradients of convolutions are computed in tiles, and are those of stock cpu. */
import { expect } from 'chai';
import { masks } from '../../../../scripts/webgl/masks.js';
import { tiledInfo } from '../../../../src/index.js';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import { ours, name as own, rewriting, withDriver } from '../../src/webgl/context/wrongDrivers.js';

interface Case {
  readonly x: Shape4;
  /** [filterHeight, filterWidth, channels, outChannels or multiplier] */
  readonly filter: Shape4;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly depthwise?: boolean;
}

const cases: readonly Case[] = [
  { x: [2, 7, 9, 5], filter: [3, 3, 5, 10], strides: [1, 1], pad: 'same' },
  { x: [3, 8, 7, 9], filter: [1, 1, 9, 3], strides: [2, 2], pad: 'valid' },
  { x: [1, 70, 40, 3], filter: [5, 2, 3, 6], strides: [2, 1], pad: 1 },
  { x: [2, 7, 9, 6], filter: [3, 3, 6, 1], strides: [1, 1], pad: 'same', depthwise: true },
  { x: [2, 8, 9, 5], filter: [3, 3, 5, 1], strides: [2, 2], pad: 'same', depthwise: true },
  { x: [1, 7, 6, 3], filter: [2, 3, 3, 2], strides: [1, 1], pad: 'valid', depthwise: true },
];

const t4 = (x: tf.Tensor) => x as tf.Tensor4D;

/** Returns the shape of the output. */
const outOf = ({ x, filter, strides, pad, depthwise = false }: Case) =>
  tf.backend_util.computeConv2DInfo(x, filter, strides, 1, pad, 'floor', depthwise)
    .outShape as Shape4;

/** Returns the gradients by the input and by the filter, from tensors that `make` makes. */
function gradientsOf(c: Case, make: (shape: Shape4) => tf.Tensor4D): tf.Tensor[] {
  const { x: inputShape, filter: filterShape, strides, pad, depthwise } = c;
  const attrs = { inputShape, filterShape, strides, dilations: 1, pad, dataFormat: 'NHWC' };
  const names = depthwise
    ? [tf.DepthwiseConv2dNativeBackpropInput, tf.DepthwiseConv2dNativeBackpropFilter]
    : [tf.Conv2DBackpropInput, tf.Conv2DBackpropFilter];
  return tf.tidy(() => {
    const [x, dy] = [make(inputShape), make(outOf(c))];
    const filter = t4(tf.tensor(wholeNumbers(filterShape), filterShape));
    const inputs: tf.NamedTensorMap[] = [
      { dy, filter },
      { x, dy },
    ];
    return names.map((name, i) => tf.engine().runKernel(name, inputs[i], attrs) as tf.Tensor);
  });
}

/** Returns values of tensors, with zeros of one sign: sums of products differ in it. */
const valuesOf = (tensors: readonly tf.Tensor[]) =>
  tensors.map((t) => Array.from(t.dataSync(), (v) => v + 0));

const onCPU = (shape: Shape4) => t4(tf.tensor(wholeNumbers(shape), shape));

/** Returns the values of stock cpu. */
async function onStock(c: Case): Promise<number[][]> {
  await tf.setBackend('cpu');
  return tf.tidy(() => valuesOf(gradientsOf(c, onCPU)));
}

describe('gradients of convolutions in tiles', () => {
  for (const c of cases) {
    const { x, filter, strides, pad } = c;
    it(`equal stock cpu: [${x}] by ${c.depthwise ? 'depthwise ' : ''}[${filter}], strides ${strides}, pad ${pad}`, async () => {
      const wanted = await onStock(c);
      await leavingNothing(() => {
        const found = gradientsOf(c, inPlanes);
        for (const gradient of found) expectOnlyInPlanes(gradient);
        expect(valuesOf(found)).to.deep.equal(wanted);
        tf.dispose(found);
      });
      expect(tiledInfo('tiled-webgl').ladder).to.deep.equal([]);
    });
  }

  it('equal stock cpu where planes are layers, and convert nothing but dy of stride 2', async () => {
    const wanted: number[][][] = [];
    for (const c of cases) wanted.push(await onStock(c));
    await withDriver(masks.hardware.apply, () => {
      for (const [i, c] of cases.entries()) {
        const values = tf.tidy(() => valuesOf(gradientsOf(c, inPlanes)));
        expect(values, JSON.stringify(c)).to.deep.equal(wanted[i]);
      }
      const { conversions, ladder } = tiledInfo(own);
      expect(ladder).to.deep.equal([]);
      const kernels = conversions
        .filter(({ kind }) => kind !== 'untile')
        .map(({ kernel }) => kernel);
      expect(kernels).to.not.include(tf.Conv2DBackpropFilter);
      expect(kernels).to.not.include(tf.DepthwiseConv2dNativeBackpropFilter);
    });
  });

  it('are those of stock where our programs compute wrongly', async () => {
    const taken = [cases[1], cases[4]];
    const wanted: number[][][] = [];
    for (const c of taken) wanted.push(await onStock(c));
    await withDriver(rewriting(ours), () => {
      for (const [i, c] of taken.entries()) {
        const values = tf.tidy(() => valuesOf(gradientsOf(c, onCPU)));
        expect(values, JSON.stringify(c)).to.deep.equal(wanted[i]);
      }
      const fallen = tiledInfo(own).ladder.filter(({ to }) => to === 'stock webgl');
      expect(fallen.map(({ kernel }) => kernel)).to.have.members([
        tf.Conv2DBackpropInput,
        tf.Conv2DBackpropFilter,
        tf.DepthwiseConv2dNativeBackpropInput,
        tf.DepthwiseConv2dNativeBackpropFilter,
      ]);
      for (const { reason } of fallen) expect(reason).to.match(/^self-test: /);
    });
  });
});
