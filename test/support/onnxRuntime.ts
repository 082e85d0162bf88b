/** Runs nets in onnxruntime-web and through tfjs ops. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { onnxOf } from '../../scripts/bench/onnx/translate.js';
import { loadTflite } from '../../scripts/bench/page/peers/runTflite.js';
import type { TfliteNet } from '../../scripts/bench/tflite/tflite.js';
import { integers, stream } from '../../src/validator/index.js';

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Whole numbers from -4 to 4, so that sums of their products are exact. */
export const numbers = (shape: readonly number[], name: string) =>
  integers(stream(7, name), size(shape), 4);

/** Returns the outputs, in ONNX Runtime, of a net's only input. */
async function inOnnxRuntime(net: TfliteNet, input: Float32Array) {
  const session = await InferenceSession.create(onnxOf(net));
  const x = new Tensor('float32', input, net.tensors[net.inputs[0]].shape);
  const results = await session.run({ input0: x });
  const outputs = net.outputs.map((_, i) => results[`output${i}`]);
  await session.release();
  return outputs.map(({ dims, data }) => ({ shape: dims, values: data as Float32Array }));
}

async function inTfjs(net: TfliteNet, input: Float32Array) {
  await tf.setBackend('cpu');
  const model = loadTflite(net);
  const x = tf.tensor(input, [...model.inputShape]);
  const outputs = model.predict(x);
  const found = outputs.map((y) => ({ shape: y.shape, values: y.dataSync() as Float32Array }));
  model.dispose();
  tf.dispose([x, ...outputs]);
  return found;
}

/**
 * Compares a net's outputs in onnxruntime-web, as a model of ONNX, with those through tfjs ops on stock 'cpu'.
 * @param bound largest difference of two values, in parts of the largest value of the output or of 1
 */
export async function agree(net: TfliteNet, input: Float32Array, bound: number): Promise<void> {
  const expected = await inTfjs(net, input);
  const found = await inOnnxRuntime(net, input);
  for (const [i, { shape, values }] of expected.entries()) {
    expect(found[i].shape).to.deep.equal(shape);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (const [j, value] of values.entries()) {
      expect(found[i].values[j], `value ${j} of output ${i}`).to.be.closeTo(value, bound * scale);
    }
  }
}
