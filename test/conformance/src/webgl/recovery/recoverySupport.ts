/** Backend whose context a test can take away, and nets that show the loss. */
import { expect } from 'chai';
import {
  ContextLostError,
  TensorLostError,
  TiledWebGLBackend,
  tiledInfo,
} from '../../../../../src/index.js';
import { tiledBackend, wholeNumbers } from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';

const name = 'tiled-loss';

/** Flag that keeps small tensors on the GPU too. */
const onGPU = { WEBGL_CPU_FORWARD: false };

export const flags = { policy: 'TILED_ON_CONTEXT_LOSS', keep: 'TILED_KEEP_VALUES' } as const;

/** Loses the context, as a browser may do to any page. */
export function loseContext(): void {
  const { gl } = tiledBackend().gpgpu;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  expect(gl.isContextLost(), 'lost').to.equal(true);
}

/**
 * Runs `body` with these flags on a new backend, which is active. Checks that it leaves no tensor,
 * no data and no texture in use.
 */
export async function withLosses(
  body: () => void | Promise<void>,
  extra: Record<string, string | boolean> = {},
): Promise<void> {
  const set = { ...onGPU, ...extra };
  const usual = Object.keys(set).map((flag) => [flag, tf.env().get(flag)] as const);
  tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, () => new TiledWebGLBackend(), 0);
  await tf.setBackend(name);
  const backend = tiledBackend();
  const { numTensors, numBytes } = tf.memory();
  try {
    for (const [flag, value] of Object.entries(set)) tf.env().set(flag, value);
    await body();
    const { numBytesInGPU } = backend.memory();
    const left = { ...tf.memory(), numBytesInGPU, dataIds: backend.numDataIds() };
    expect(left).to.include({ numTensors, numBytes, numBytesInGPU: 0, dataIds: 0 });
    expect(backend.device.planes.setsInUse, 'planes in use').to.equal(0);
    expect(backend.getTextureManager().getNumUsedTextures(), 'stock textures in use').to.equal(0);
  } finally {
    for (const [flag, value] of usual) tf.env().set(flag, value);
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

export const info = () => {
  const { context } = tiledInfo(name);
  if (context === null) throw new Error('not the WebGL engine');
  return context;
};

/**
 * Makes the weights of a small net in which stock kernels surround our kernels. The filters have
 * few taps because each context compiles anew.
 */
export function makeWeights() {
  return {
    conv: tf.tensor4d(wholeNumbers([1, 2, 4, 8]), [1, 2, 4, 8]),
    bias: tf.tensor1d([3, -2, 5, 1, 0, -7, 4, 2]),
    depthwise: tf.tensor4d(wholeNumbers([2, 1, 8, 1]), [2, 1, 8, 1]),
    dense: tf.tensor2d(wholeNumbers([1, 1, 8, 5]), [8, 5]),
    order: tf.tensor1d([4, 0, 3], 'int32'),
  };
}

export type Weights = ReturnType<typeof makeWeights>;

/**
 * Predicts with the small net. All its values are multiples of 2^-8, below 2^16, and so are its
 * sums: they are exact in float32, so that every engine and every variant gives the same bits.
 * @param between is called in the middle of the tidy
 */
export function predict(weights: Weights, between: () => void = () => {}): tf.Tensor {
  return tf.tidy(() => {
    const x = tf.tensor4d(wholeNumbers([1, 12, 11, 4]), [1, 12, 11, 4]);
    const y = tf.relu(tf.add(tf.conv2d(x, weights.conv, 1, 'same'), weights.bias));
    const z = tf.depthwiseConv2d(y as tf.Tensor4D, weights.depthwise, 1, 'same');
    between();
    const features = tf.sum(tf.relu6(tf.mul(z, 2 ** -8)), [1, 2]) as tf.Tensor2D;
    const scores = tf.gather(tf.matMul(features, weights.dense), weights.order, 1);
    return tf.topk(scores, 2).values;
  });
}

/** Returns the prediction's numbers. */
export function numbers(weights: Weights): number[] {
  const y = predict(weights);
  try {
    return [...y.dataSync()];
  } finally {
    y.dispose();
  }
}

/** Runs `body` with weights that have been on the GPU, and with the numbers they must predict. */
export function withWeights(
  body: (weights: Weights, expected: number[]) => void | Promise<void>,
  set: Record<string, string | boolean> = {},
): Promise<void> {
  return withLosses(async () => {
    const weights = makeWeights();
    const expected = numbers(weights);
    await body(weights, expected);
    tf.dispose(weights);
  }, set);
}

export async function errorOf(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return null;
}

export async function expectContextLost(body: () => unknown, words = /./): Promise<void> {
  const error = await errorOf(body);
  expect(error).to.be.instanceOf(ContextLostError);
  expect((error as Error).message).to.match(words);
}

export async function expectTensorLost(body: () => unknown, words = /./): Promise<void> {
  const error = await errorOf(body);
  expect(error).to.be.instanceOf(TensorLostError);
  expect((error as Error).message).to.match(words);
}
