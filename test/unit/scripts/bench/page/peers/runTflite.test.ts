/** Tests of operators of .tflite nets that no net of the suite of peers has. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import { loadTflite } from '../../../../../../scripts/bench/page/peers/runTflite.js';
import type { TfliteNet, TfliteTensor } from '../../../../../../scripts/bench/tflite/tflite.js';

const constant = (shape: readonly number[], ...values: number[]): TfliteTensor => ({
  ...{ shape, isFloat: true, values: Float32Array.from(values) },
});

/** Returns a net of one operator on the first tensor. @param inputs of the operator */
function netOf(
  name: string,
  from: readonly number[],
  to: readonly number[],
  constants: readonly TfliteTensor[],
  inputs: readonly number[],
  options: Readonly<Record<number, number>> = {},
): TfliteNet {
  const field = (number: number, otherwise = 0) => options[number] ?? otherwise;
  const computed = (shape: readonly number[]) => ({ shape, isFloat: true, values: null });
  const output = 1 + constants.length;
  return {
    tensors: [computed(from), ...constants, computed(to)],
    operators: [
      {
        ...{ name, inputs, outputs: [output], customOptions: new Uint8Array() },
        options: { int8: field, int32: field, float32: field },
      },
    ],
    inputs: [0],
    outputs: [output],
  };
}

function run(net: TfliteNet, values: readonly number[]) {
  const model = loadTflite(net);
  const before = tf.memory().numTensors;
  const x = tf.tensor([...values], [...model.inputShape]);
  const [y] = model.predict(x);
  const result = { shape: y.shape, values: [...y.dataSync()] };
  tf.dispose([x, y]);
  expect(tf.memory().numTensors).to.equal(before);
  model.dispose();
  return result;
}

describe('bench: operators of .tflite nets', () => {
  before(() => tf.setBackend('cpu'));

  const weights = constant([2, 3], 1, 0, -1, 2, 2, 2);

  it('multiplies rows by weights, with bias and relu', () => {
    const bias = constant([2], 1, -4);
    const net = netOf('FULLY_CONNECTED', [2, 1, 3], [2, 2], [weights, bias], [0, 1, 2], { 0: 1 });
    expect(run(net, [1, 2, 3, 0, 1, 0])).to.deep.equal({ shape: [2, 2], values: [0, 8, 1, 0] });
  });

  it('takes products and convolutions without a bias', () => {
    const net = netOf('FULLY_CONNECTED', [1, 3], [1, 2], [weights], [0, 1, -1]);
    expect(run(net, [1, 2, 3]).values).to.deep.equal([-2, 12]);
    const filter = constant([1, 1, 1, 2], 3, 5);
    const conv = netOf('CONV_2D', [1, 1, 2, 2], [1, 1, 2, 1], [filter], [0, 1], { 0: 1 });
    expect(run(conv, [1, 2, 3, 4]).values).to.deep.equal([13, 29]);
  });

  it('makes parts of one of logits, which beta scales', () => {
    const { values } = run(netOf('SOFTMAX', [1, 2], [1, 2], [], [0], { 0: 2 }), [0, Math.log(3)]);
    expect(values[0]).to.be.closeTo(0.1, 1e-6);
    expect(values[1]).to.be.closeTo(0.9, 1e-6);
  });
});
