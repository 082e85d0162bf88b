import { expect } from 'chai';
import { ours, tf } from '../../support/setup.js';

const ones = (...shape: number[]) => tf.ones(shape);
const t4 = (...shape: [number, number, number, number]) => tf.ones<tf.Rank.R4>(shape);
/** Returns a convolution's result, which is in planes where the backend has planes. */
const computed = (...shape: [number, number, number, number]) =>
  tf.depthwiseConv2d(t4(...shape), t4(1, 1, shape[3], 1), 1, 'valid');
/** Casts an argument that the types rule out but that a caller in plain JavaScript may pass. */
const wrong = (value: unknown) => value as never;
/** Runs a kernel without the checks of its op. */
const kernel = (name: string, inputs: object, attrs: object) =>
  tf.engine().runKernel(name, inputs as never, attrs as never);

/** Calls that tfjs refuses; our backends must give its message, word for word. */
const refusedByTfjs: Record<string, () => unknown> = {
  'input of rank 2': () => tf.conv2d(wrong(ones(4, 4)), t4(2, 2, 1, 1), 1, 'same'),
  'filter of rank 3': () => tf.conv2d(t4(1, 4, 4, 1), wrong(ones(2, 2, 1)), 1, 'same'),
  'depths that differ': () => tf.conv2d(t4(1, 4, 4, 3), t4(2, 2, 2, 1), 1, 'same'),
  'depths that differ, NCHW': () => tf.conv2d(t4(1, 4, 4, 3), t4(2, 2, 3, 1), 1, 'same', 'NCHW'),
  'strides and dilations above 1': () =>
    tf.conv2d(t4(1, 9, 9, 1), t4(2, 2, 1, 1), 2, 'same', 'NHWC', 2),
  'stride 0': () => tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 0, 'same'),
  'dilation 0': () => tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, 'same', 'NHWC', 0),
  'rounding with pad same': () =>
    tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, 'same', 'NHWC', 1, 'ceil'),
  'rounding with a fraction for pad': () =>
    tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, 0.5, 'NHWC', 1, 'ceil'),
  'an unknown rounding mode': () =>
    tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, 1, 'NHWC', 1, wrong('up')),
  'an unknown pad': () => tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, wrong('full')),
  'an unknown data format': () =>
    tf.conv2d(t4(1, 4, 4, 4), t4(2, 2, 4, 1), 1, 'same', wrong('NHCW')),
  'int32 input': () => tf.conv2d(tf.cast(t4(1, 4, 4, 1), 'int32'), t4(2, 2, 1, 1), 1, 'same'),
  'bool filter': () => tf.conv2d(t4(1, 4, 4, 1), tf.cast(t4(2, 2, 1, 1), 'bool'), 1, 'same'),
  'no filter': () => tf.conv2d(t4(1, 4, 4, 1), wrong(null), 1, 'same'),
  'a bias that does not broadcast': () =>
    tf.fused.conv2d({
      x: t4(1, 4, 4, 1),
      filter: t4(2, 2, 1, 4),
      strides: 1,
      pad: 'same',
      bias: ones(3),
    }),
  'a bias of rank 3 in NCHW': () =>
    tf.fused.conv2d({
      x: t4(1, 1, 4, 4),
      filter: t4(2, 2, 1, 4),
      strides: 1,
      pad: 'same',
      dataFormat: 'NCHW',
      bias: ones(4, 1, 1),
    }),
  'prelu weights for other channels': () =>
    tf.fused.conv2d({
      x: t4(1, 4, 4, 1),
      filter: t4(2, 2, 1, 4),
      strides: 1,
      pad: 'same',
      activation: 'prelu',
      preluActivationWeights: ones(3),
    }),
  'depthwise depths that differ': () =>
    tf.depthwiseConv2d(t4(1, 4, 4, 3), t4(2, 2, 2, 1), 1, 'same'),
  'depthwise strides and dilations above 1': () =>
    tf.depthwiseConv2d(t4(1, 9, 9, 1), t4(2, 2, 1, 1), [2, 2], 'same', 'NHWC', [2, 2]),
  'concat of heights that differ': () => tf.concat([computed(1, 4, 4, 2), t4(1, 3, 4, 2)], 3),
  'concat of ranks that differ': () => tf.concat([computed(1, 4, 4, 2), wrong(ones(4, 2))], 3),
  'concat of heights that differ, on the CPU': () => tf.concat([t4(1, 4, 4, 2), t4(1, 3, 4, 2)], 3),
  'a stack of one tensor in two shapes': () => {
    const x = computed(1, 4, 6, 8);
    return tf.stack([x, tf.reshape(x, [1, 6, 4, 8])], 3);
  },
  'statistics of ranks that differ': () =>
    kernel(
      'FusedBatchNorm',
      { x: computed(1, 4, 4, 8), mean: ones(8), variance: ones(1, 8) },
      { varianceEpsilon: 0.1 },
    ),
  'concat along an axis that is not there': () =>
    tf.concat([computed(1, 4, 4, 2), t4(1, 4, 4, 2)], 4),
  'a slice past the end': () => tf.slice(computed(1, 4, 4, 2), [0, 0, 3, 0], [1, 4, 2, 2]),
  'a split that does not divide': () => tf.split(computed(1, 4, 4, 5), 2, 3),
  'parts of another size': () => tf.split(computed(1, 4, 4, 5), [2, 2], 3),
  'a mirrored padding wider than the input': () =>
    tf.mirrorPad(computed(1, 4, 4, 2), [...Array(4)].map(() => [0, 4]) as never, 'reflect'),
  'blocks that do not divide the channels': () => tf.depthToSpace(computed(1, 4, 4, 6), 2, 'NHWC'),
};

/** Calls that stock webgl refuses and stock cpu answers; our error must not cause a fallback. */
const refusedByWebGL: Record<string, () => unknown> = {
  'means of other channels': () => tf.batchNorm(computed(1, 9, 10, 8), ones(3), ones(3)),
  'means of other channels, of values on the CPU': () =>
    tf.batchNorm(t4(1, 9, 10, 8), wrong(ones(3)), wrong(ones(3))),
  'paddings of more axes': () =>
    tf.pad(
      ones(1, 1, 1, 1, 1, 2, 3000),
      [...Array(7)].map(() => [1, 0]),
    ),
};

const TOO_LARGE =
  'the dilated filter 5x7 (filter 3x3, dilation 2x3) is larger than the padded input 3x5; ' +
  'use a smaller dilation, a smaller filter or more padding.';

/** Calls at which stock crashes, or returns something that is not a tensor. */
const refusedByOurs: Record<string, [() => unknown, string]> = {
  'conv2d: a dilated filter larger than the input': [
    () => tf.conv2d(t4(1, 3, 5, 2), t4(3, 3, 2, 4), 1, 'valid', 'NHWC', [2, 3]),
    `conv2d: ${TOO_LARGE}`,
  ],
  'conv2d: the same in NCHW': [
    () => tf.conv2d(t4(1, 2, 3, 5), t4(3, 3, 2, 4), 1, 0, 'NCHW', [2, 3]),
    `conv2d: ${TOO_LARGE}`,
  ],
  'conv2d: the same of rank 3': [
    () => tf.conv2d(wrong(ones(3, 5, 2)), t4(3, 3, 2, 4), 1, 'valid', 'NHWC', [2, 3]),
    `conv2d: ${TOO_LARGE}`,
  ],
  'fused.conv2d: the same': [
    () =>
      tf.fused.conv2d({
        x: t4(1, 3, 5, 2),
        filter: t4(3, 3, 2, 4),
        strides: 1,
        pad: 'valid',
        dilations: [2, 3],
        activation: 'relu',
      }),
    `conv2d: ${TOO_LARGE}`,
  ],
  'depthwiseConv2d: the same': [
    () => tf.depthwiseConv2d(t4(1, 1, 3, 2), t4(3, 3, 2, 1), 1, 1, 'NHWC', [2, 3]),
    `depthwiseConv2d: ${TOO_LARGE}`,
  ],
  'fused.depthwiseConv2d: the same': [
    () =>
      tf.fused.depthwiseConv2d({
        x: t4(1, 3, 5, 2),
        filter: t4(3, 3, 2, 2),
        strides: 1,
        pad: 'valid',
        dilations: [2, 3],
        activation: 'linear',
      }),
    `depthwiseConv2d: ${TOO_LARGE}`,
  ],
  'fused.conv2d: an unknown activation': [
    () =>
      tf.fused.conv2d({
        x: t4(1, 4, 4, 1),
        filter: t4(2, 2, 1, 1),
        strides: 1,
        pad: 'same',
        activation: wrong('gelu'),
      }),
    'Unknown fused activation gelu',
  ],
  'conv2d: half a pixel of padding': [
    () => tf.conv2d(t4(1, 4, 4, 1), t4(2, 2, 1, 1), 1, 0.5),
    'conv2d: pad must be whole numbers.',
  ],
};

/** Impossible pools, and impossible sizes in attributes; unit tests of shapes cover all kinds. */
const impossible: Record<string, [() => unknown, string]> = {
  'a pool of a window that is too large': [
    () => tf.maxPool(computed(1, 3, 3, 4), 5, 1, 'valid'),
    'MaxPool: the window 5x5 is larger than the padded input 3x3',
  ],
  'the same of values on the CPU': [
    () => tf.avgPool(t4(1, 3, 8, 4), 5, 1, 'valid'),
    'AvgPool: the window 5x5 is larger than the padded input 3x8',
  ],
  'its gradient': [
    () =>
      kernel(
        'AvgPoolGrad',
        { dy: t4(1, 1, 1, 4), input: t4(1, 3, 3, 4) },
        { filterSize: 5, strides: 1, pad: 'valid' },
      ),
    'AvgPoolGrad: the window 5x5 is larger than the padded input 3x3',
  ],
  'a dilation': [
    () => tf.dilation2d(t4(1, 3, 3, 4), wrong(ones(5, 5, 4)), 1, 'valid'),
    'Dilation2D: the dilated filter 5x5',
  ],
  'a slice from before the beginning': [
    () => tf.slice(computed(1, 4, 4, 8), [0, -2, 0, 0], [1, 2, 4, 8]),
    'Slice: [1,4,4,8] has no slice [1,2,4,8] from [0,-2,0,0] on',
  ],
  'a split into parts that are none': [
    () => tf.split(ones(5), [-2, 7]),
    'SplitV: the parts of [5] along axis 0 must be whole numbers from 0 on',
  ],
  'a transpose that has an axis twice': [
    () => tf.transpose(computed(1, 9, 10, 8), [0, 1, 1, 3]),
    'Transpose: perm must have each axis of [1,9,10,8] once. Got 0,1,1,3',
  ],
  'an axis reduced twice': [
    () => tf.sum(computed(1, 9, 10, 8), [1, 1]),
    'Sum: an axis of [1,9,10,8] can be reduced once. Got 1,1',
  ],
  'a sum along an axis that is not there': [
    () => tf.cumsum(computed(1, 9, 10, 8), 99),
    'All values in axis param must be in range [-4, 4) but got axis 99',
  ],
  'a bias that would enlarge the result': [
    () =>
      tf.fused.conv2d({
        x: t4(1, 2, 2, 1),
        filter: t4(1, 1, 1, 1),
        strides: 1,
        pad: 0,
        bias: ones(3, 2, 2, 1),
      }),
    'bias of shape [3,2,2,1] does not broadcast to the output [1,2,2,1]',
  ],
  'prelu weights of more axes than the result': [
    () =>
      kernel(
        'FusedConv2D',
        {
          x: t4(1, 2, 2, 1),
          filter: t4(1, 1, 1, 1),
          preluActivationWeights: ones(1, 1, 1, 1, 1),
        },
        { strides: 1, pad: 0, dataFormat: 'NHWC', dilations: 1, activation: 'prelu' },
      ),
    'PReLU weights of shape [1,1,1,1,1] does not broadcast to the output [1,2,2,1]',
  ],
  'crops of a negative size': [
    () =>
      kernel(
        'CropAndResize',
        { image: t4(1, 4, 4, 3), boxes: ones(1, 4), boxInd: tf.tensor1d([0], 'int32') },
        { cropSize: [-2, -2], method: 'bilinear', extrapolationValue: 0 },
      ),
    'CropAndResize: cropSize must be whole numbers from 0 on. Got -2,-2',
  ],
  'a picture of half a pixel more': [
    () => tf.image.resizeBilinear(computed(1, 4, 4, 8), [8.5, 8]),
    'ResizeBilinear: size must be whole numbers from 0 on. Got 8.5,8',
  ],
};

/** Returns the error that a call throws on a backend; checks that the call left nothing behind. */
async function thrown(run: () => unknown, backend: string): Promise<Error> {
  await tf.setBackend(backend);
  const before = tf.memory();
  let error: unknown = null;
  try {
    tf.tidy(() => {
      run();
    });
  } catch (e) {
    error = e;
  }
  const after = tf.memory();
  expect(after.numTensors, 'tensors').to.equal(before.numTensors);
  expect(after.numDataBuffers, 'data buffers').to.equal(before.numDataBuffers);
  expect(gpuBytes(after), 'bytes on the GPU').to.equal(gpuBytes(before));
  expect(error, 'what was thrown').to.be.instanceOf(Error);
  return error as Error;
}

function gpuBytes(memory: object): unknown {
  return (memory as { numBytesInGPU?: number }).numBytesInGPU;
}

for (const backend of ours) {
  describe(`bad input on ${backend}`, () => {
    const stock = backend === 'tiled-cpu' ? 'cpu' : 'webgl';
    const refusedByStock = { ...refusedByTfjs, ...(stock === 'webgl' ? refusedByWebGL : {}) };
    for (const [what, run] of Object.entries(refusedByStock)) {
      it(`${what} is refused in tfjs's words`, async () => {
        const expected = await thrown(run, stock);
        expect((await thrown(run, backend)).message).to.equal(expected.message);
      });
    }
    for (const [what, [run, message]] of Object.entries({ ...refusedByOurs, ...impossible })) {
      it(`${what} is refused`, async () => {
        expect((await thrown(run, backend)).message).to.contain(message);
      });
    }
  });
}
