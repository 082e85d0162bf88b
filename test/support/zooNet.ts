/** Check of a net of the zoo in Node: stock cpu and tiled-cpu agree, weights repeat, nothing leaks. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { builders, type ZooName } from '../../scripts/models/zoo/index.js';
import { difference } from '../../scripts/report/statistics.js';
import '../../src/index.js';
import { fractions, stream } from '../../src/validator/random.js';

/** Relative error of one rounding to float32. */
const UNIT = 2 ** -24;

/** Number of products in the longest sum of any net: 3x3 pixels of 512 channels. */
const LONGEST_SUM = 4608;

interface Ran {
  readonly weights: Float32Array[];
  readonly outputs: Float32Array[];
  readonly shapes: number[][];
  readonly kernels: number;
}

async function run(name: ZooName, shape: readonly number[], backend: string): Promise<Ran> {
  await tf.setBackend(backend);
  const [tensors, buffers] = [tf.memory().numTensors, tf.backend().numDataIds()];
  const model = builders[name](shape);
  const weights = model.weights().map((weight) => weight.dataSync() as Float32Array);
  const x = tf.tensor(fractions(stream(1, name), tf.util.sizeFromShape([...shape])), [...shape]);
  let outputs: tf.Tensor[] = [];
  const { kernels } = await tf.profile(async () => {
    outputs = await model.run(x);
    return outputs;
  });
  const ran = {
    weights: weights.map((values) => values.slice()),
    outputs: outputs.map((y) => Float32Array.from(y.dataSync())),
    shapes: outputs.map((y) => y.shape),
    kernels: kernels.length,
  };
  tf.dispose([x, ...outputs]);
  model.dispose();
  expect(tf.memory().numTensors, 'tensors').to.equal(tensors);
  expect(tf.backend().numDataIds(), 'buffers').to.equal(buffers);
  return ran;
}

/** Expects that no value is beyond float32, and that the values are not all about the same. */
function expectLively(values: Float32Array): void {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  expect(Number.isFinite(least) && Number.isFinite(most), 'finite').to.equal(true);
  const largest = Math.max(Math.abs(least), Math.abs(most));
  expect(largest).to.be.greaterThan(1e-3).and.lessThan(1e3);
  expect(most - least, 'spread').to.be.greaterThan(largest / 10);
}

/**
 * Builds a net for small inputs twice, and runs it on both engines. Roundings of both are independent
 * of each other, so errors of sums and of kernels one after the other grow as the root of their number.
 */
export async function expectSameOnCPU(name: ZooName, shape: readonly number[]): Promise<void> {
  const stock = await run(name, shape, 'cpu');
  const ours = await run(name, shape, 'tiled-cpu');
  expect(ours.weights.length).to.equal(stock.weights.length);
  for (const [i, values] of ours.weights.entries()) {
    const isEqual = Buffer.from(values.buffer).equals(Buffer.from(stock.weights[i].buffer));
    expect(isEqual, `weight ${i}`).to.equal(true);
  }
  expect(ours.shapes).to.deep.equal(stock.shapes);
  const tolerance = 2 * UNIT * Math.sqrt(LONGEST_SUM * stock.kernels);
  for (const [i, values] of ours.outputs.entries()) {
    expectLively(stock.outputs[i]);
    const { maxRel } = difference(values, stock.outputs[i]);
    expect(maxRel, `output ${i}`).to.be.a('number').and.at.most(tolerance);
  }
}
