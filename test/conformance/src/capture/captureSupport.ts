/** Nets to capture, and comparisons of captured predictions with eager ones, bit for bit. */
import { config, expect } from 'chai';
import type { Captured } from '../../../../src/index.js';
import { leavingNothing, type Shape4, tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

config.truncateThreshold = 0;

export const name = 'tiled-webgl';

export const shape: Shape4 = [1, 9, 11, 5];

/** A tensor, or a container of some. */
export type Several = tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

export interface Weights {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

export function makeWeights(): Weights {
  return {
    filter: tf.randomUniform([3, 3, 5, 8], -1, 1),
    bias: tf.randomUniform([8], -1, 1),
  };
}

/** Returns the result of a convolution, pending. */
export function features({ filter, bias }: Weights, x: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const y = tf.conv2d(x as tf.Tensor4D, filter, [1, 1], 'same');
    return tf.relu(tf.add(y, bias)) as tf.Tensor4D;
  });
}

/** Runs our kernels and stock's alternately. */
export function net(weights: Weights, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const z = features(weights, tf.cast(x, 'float32'));
    const y = tf.cumsum(tf.depthToSpace(z, 2, 'NHWC'), 1);
    return tf.maxPool(y as tf.Tensor4D, 2, 2, 'same');
  });
}

/** Runs `body` on tiled-webgl with weights of a net; it must leave nothing. */
export async function withNet(
  body: (model: (x: tf.Tensor) => tf.Tensor, weights: Weights) => void | Promise<void>,
): Promise<void> {
  await tf.setBackend(name);
  // Frees what trim() would free of tensors that other tests have left.
  tiledBackend().shrink();
  await leavingNothing(async () => {
    const weights = makeWeights();
    await body((x) => net(weights, x), weights);
    tf.dispose([weights.filter, weights.bias]);
  });
}

export function random(of: readonly number[] = shape): tf.Tensor4D {
  return tf.randomUniform([...of] as Shape4, -2, 2);
}

function outputsOf(outputs: Several): tf.Tensor[] {
  return outputs instanceof tf.Tensor ? [outputs] : Object.values(outputs);
}

/** Returns the bits of values, as whole numbers. */
export function bitsOf(values: unknown): Int32Array | Uint8Array {
  if (values instanceof Uint8Array) return values.slice();
  const { buffer, byteOffset, length } = values as Float32Array;
  return new Int32Array(buffer, byteOffset, length).slice();
}

async function read(tensors: readonly tf.Tensor[]) {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  return tensors.map(({ shape, dtype }, i) => ({ shape, dtype, bits: bitsOf(values[i]) }));
}

/** Waits until the recording that is being checked, if any, has been. */
export async function checked(fast: object): Promise<void> {
  await (fast as { readonly checking: Promise<void> }).checking;
}

/** Expects the bits of the model for these inputs. */
export async function expectSame<Inputs>(
  fast: Captured<Inputs, Several>,
  model: (inputs: Inputs) => Several,
  inputs: Inputs,
): Promise<void> {
  const expected = outputsOf(model(inputs));
  const found = outputsOf(fast.predict(inputs));
  expect(await read(found)).to.deep.equal(await read(expected));
  tf.dispose([...expected, ...found]);
  await checked(fast);
}

/** Expects the bits of the model for fresh inputs, from a recording. */
export async function expectReplays<Inputs>(
  fast: Captured<Inputs, Several>,
  model: (inputs: Inputs) => Several,
  make: () => Inputs,
  count = 3,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const inputs = make();
    const { replays } = fast.info;
    await expectSame(fast, model, inputs);
    expect(fast.info.reason).to.equal(null);
    expect(fast.info.replays, 'replays').to.equal(replays + 1);
    tf.dispose(inputs as unknown as tf.Tensor);
  }
}

/** Expects the bits of the model for fresh inputs, and no recording. */
export async function expectEager<Inputs>(
  fast: Captured<Inputs, Several>,
  model: (inputs: Inputs) => Several,
  make: () => Inputs,
  reason: RegExp,
): Promise<void> {
  const { replays } = fast.info;
  for (let i = 0; i < 5; i++) {
    const inputs = make();
    await expectSame(fast, model, inputs);
    tf.dispose(inputs as unknown as tf.Tensor);
  }
  expect(fast.info).to.include({ replays, captured: false });
  expect(fast.info.reason).to.match(reason);
}

/** Predicts fresh inputs until there is a recording; all predictions must have the model's bits. */
export async function settle<Inputs>(
  fast: Captured<Inputs, Several>,
  model: (inputs: Inputs) => Several,
  make: () => Inputs,
): Promise<void> {
  let count = 0;
  do {
    const inputs = make();
    await expectSame(fast, model, inputs);
    tf.dispose(inputs as unknown as tf.Tensor);
  } while (!fast.info.captured && ++count < 12);
  expect(fast.info).to.include({ captured: true, reason: null });
}

/** Fresh inputs of the same shape, by the place of their values. */
export const places = {
  'on the CPU': () => random(),
  'in an unpacked stock texture': () => tf.tidy(() => tf.cumsum(random(), 3)) as tf.Tensor4D,
  'in a packed stock texture': () =>
    tf.tidy(() => tf.transpose(tf.cumsum(random([5, 9, 11, 1]), 1), [3, 1, 2, 0])) as tf.Tensor4D,
  pending: () => depthwise(),
  'in planes': () => {
    const x = depthwise();
    tiledBackend().flush();
    return x;
  },
  'in a slice of a batch': () =>
    tf.tidy(() => tf.slice(tf.cumsum(random([3, 9, 11, 5]), 3), [1, 0, 0, 0], [1, 9, 11, 5])),
  'in a reshaped stock texture': () =>
    tf.tidy(() => tf.reshape(tf.cumsum(random([1, 9, 1, 55]), 3), shape)) as tf.Tensor4D,
} as const;

function depthwise(): tf.Tensor4D {
  return tf.tidy(() => tf.depthwiseConv2d(random(), tf.ones([1, 1, 5, 1]), 1, 'same'));
}

export async function errorOf(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

/** Expects the same bits of two tensors, and disposes of them. */
export function expectEqual(a: tf.Tensor, b: tf.Tensor): void {
  expect(bitsOf(a.dataSync())).to.deep.equal(bitsOf(b.dataSync()));
  tf.dispose([a, b]);
}
