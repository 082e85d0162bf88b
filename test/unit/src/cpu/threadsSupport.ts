/** Threads of tiled-cpu for tests, and results that are large enough to be shared among them. */
import type { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import type { Threads } from '../../../../src/cpu/threads.js';
import type { Build, Chunks } from '../../../../src/cpu/worker.js';
import { TiledCPUBackend, tiledInfo } from '../../../../src/index.js';

export const name = 'tiled-cpu';

export const backend = () => tf.backend() as TiledCPUBackend;

export const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

/**
 * Registers a new `tiled-cpu` that may use this many threads, and has no workers yet.
 * @param measures true if times decide what is shared; by default all is that may be
 */
export async function renew(threads: number, measures = false): Promise<void> {
  tf.env().set('TILED_CPU_THREADS', threads);
  tf.removeBackend(name);
  tf.registerBackend(name, () => new TiledCPUBackend(), 0);
  await tf.setBackend(name);
  // Results of tests are smaller than those that are worth sharing.
  const { sharing } = backend();
  Object.assign(sharing, { measures, least: sharing.least / 16 });
}

/** Computes something that is large enough to be shared. */
export const computeMuch = () => tf.tidy(() => void tf.relu(tf.zeros([50_000])));

/** Registers a new `tiled-cpu` with this many threads; returns its workers once they are loaded. */
export async function startWith(threads: number): Promise<Worker[]> {
  await renew(threads);
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => workers.push(worker);
  process.on('worker', onWorker);
  computeMuch();
  while (tiledInfo().threads?.reason === 'workers are loading') await nextTurn();
  process.off('worker', onWorker);
  return workers;
}

/** Returns the numbers of the chunks of each step. */
function stepsOf({ build, schedule, count }: Chunks): number[][] {
  const steps: number[][] = [];
  for (let chunk = 0; chunk < count; chunk++) {
    const step = build.stepOf(schedule, 0, chunk);
    steps[step] ??= [];
    steps[step].push(chunk);
  }
  return steps;
}

/** Threads that take turns on one: chunks of a step are done in descending order, by a thread each. */
export interface TurnTaking extends Threads {
  /** Number of steps of several chunks that were done. */
  readonly shared: number;
}

export function takingTurns(memory: WebAssembly.Memory, most: number): TurnTaking {
  let other: Build | null = null;
  let shared = 0;
  let reason = '';
  return {
    most,
    get shared() {
      return shared;
    },
    get count() {
      return reason === '' ? most : 1;
    },
    get reason() {
      return reason;
    },
    get isOver() {
      return reason !== '';
    },
    isLoading: false,
    start(module) {
      other ??= new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Build;
      return reason === '';
    },
    run(chunks) {
      const { build, schedule } = chunks;
      for (const [step, numbers] of stepsOf(chunks).entries()) {
        if (numbers.length > 1) shared++;
        for (const chunk of numbers.reverse()) {
          const thread = chunk % most;
          (thread === 0 ? build : (other as Build)).runChunk(schedule, step, chunk, thread);
        }
      }
      return true;
    },
    end(why) {
      reason = why;
    },
  };
}

/** Registers a new `tiled-cpu` whose threads take turns. */
export async function startTakingTurns(most = 3): Promise<TurnTaking> {
  await renew(2);
  const { memory } = backend().heap as { memory: WebAssembly.Memory };
  const threads = takingTurns(memory, most);
  Object.assign(backend(), { ownThreads: threads });
  return threads;
}

const values = (length: number, scale: number) =>
  new Float32Array(length).map((_, i) => ((i * 37) % 1009) / 504.5 - scale);

const floats = (shape: readonly number[], scale = 0.37) =>
  tf.tensor<tf.Rank>(values(tf.util.sizeFromShape([...shape]), scale), [...shape]) as tf.Tensor4D;

const bools = (shape: readonly number[]) => tf.greater(floats(shape), 0);
const ints = (shape: readonly number[]) => tf.cast(tf.mul(floats(shape), 1000), 'int32');

const picture = () => floats([1, 40, 31, 24]);

/** Computes the gradient of the filter of a convolution with strides of 1. */
const gradient = (
  kernel: string,
  x: readonly number[],
  filterShape: readonly number[],
  [rows, cols]: readonly [number, number],
) => {
  const [channels, last] = filterShape.slice(2);
  const outChannels = kernel === 'Conv2DBackpropFilter' ? last : channels * last;
  const dy = floats([x[0], rows, cols, outChannels], 0.71);
  const attrs = { strides: 1, pad: 'same', dilations: 1, filterShape: [...filterShape] };
  return tf.engine().runKernel<tf.Tensor>(kernel, { x: floats(x), dy }, attrs);
};

/** Computes the gradient of a pool by 3x3 of pictures. */
const poolGradient = (batch: number, kernel: string) => {
  const input = floats([batch, 25, 25, 61]);
  const dy = floats([batch, 13, 13, 61], 0.71);
  const attrs = { filterSize: 3, strides: 2, pad: 'same' };
  return tf.engine().runKernel<tf.Tensor>(kernel, { dy, input, output: dy }, attrs);
};

/** Results that are worth sharing, for every way in which a kernel shares its work. */
export const large: Readonly<Record<string, () => tf.Tensor>> = {
  'conv2d by 3x3 with bias and prelu, by rows': () =>
    tf.fused.conv2d({
      x: floats([1, 40, 40, 20]),
      filter: floats([3, 3, 20, 44], 0.71),
      strides: 1,
      pad: 'same',
      bias: tf.tensor1d(values(44, 0.3)),
      activation: 'prelu',
      preluActivationWeights: tf.tensor1d(values(44, 0.9)),
    }),
  'conv2d of few rows, by channels': () =>
    tf.conv2d(floats([1, 7, 7, 40]), floats([3, 3, 40, 61], 0.71), 1, 'same'),
  'conv2d with bias and sigmoid, by channels': () =>
    tf.fused.conv2d({
      x: floats([1, 7, 7, 40]),
      filter: floats([3, 3, 40, 61], 0.71),
      strides: 1,
      pad: 'same',
      bias: tf.tensor1d(values(61, 0.3)),
      activation: 'sigmoid',
    }),
  'conv2d by a large filter': () =>
    tf.conv2d(floats([1, 20, 9, 60]), floats([3, 3, 60, 128], 0.71), 1, 'valid'),
  'conv2d of NCHW, with strides': () =>
    tf.conv2d(
      floats([2, 16, 31, 31]),
      tf.tensor4d(values(25 * 16 * 19, 0.71), [5, 5, 16, 19]),
      2,
      'same',
      'NCHW',
    ),
  'a depthwise convolution by 3x3': () =>
    tf.depthwiseConv2d(picture(), floats([3, 3, 24, 1], 0.71), 1, 'same'),
  'a depthwise convolution by 3x3 with strides': () =>
    tf.depthwiseConv2d(floats([2, 40, 31, 24]), floats([3, 3, 24, 1], 0.71), 2, 'same'),
  'a depthwise convolution by 5x5': () =>
    tf.depthwiseConv2d(picture(), floats([5, 5, 24, 1], 0.71), 1, 'same'),
  'conv2dTranspose by phases': () =>
    tf.conv2dTranspose(
      floats([2, 15, 15, 32]),
      floats([3, 3, 40, 32], 0.71),
      [2, 29, 29, 40],
      2,
      'same',
    ),
  'conv2dTranspose without overlap': () =>
    tf.conv2dTranspose(
      floats([1, 30, 30, 20]),
      floats([2, 2, 12, 20], 0.71),
      [1, 60, 60, 12],
      2,
      'valid',
    ),
  'the gradient of a filter, by channels': () =>
    gradient('Conv2DBackpropFilter', [2, 9, 9, 20], [3, 3, 20, 101], [9, 9]),
  'the gradient of a filter, by rows': () =>
    gradient('Conv2DBackpropFilter', [2, 19, 19, 31], [3, 3, 31, 20], [19, 19]),
  'the gradient of a filter of one pixel': () =>
    gradient('Conv2DBackpropFilter', [2, 19, 19, 61], [1, 1, 61, 20], [19, 19]),
  'the gradient of a depthwise filter': () =>
    gradient('DepthwiseConv2dNativeBackpropFilter', [2, 19, 19, 61], [3, 3, 61, 1], [19, 19]),
  'the gradient of the input of a depthwise convolution': () =>
    tf
      .engine()
      .runKernel(
        'DepthwiseConv2dNativeBackpropInput',
        { dy: floats([2, 10, 10, 61]), filter: floats([3, 3, 61, 1], 0.71) },
        { strides: 2, pad: 'same', dilations: 1, inputShape: [2, 19, 19, 61] },
      ),
  'the gradient of a maximum pool, by channels': () => poolGradient(1, 'MaxPoolGrad'),
  'the gradient of a mean pool, by images': () => poolGradient(9, 'AvgPoolGrad'),
  'a maximum pool': () => tf.maxPool(floats([2, 40, 31, 24]), 3, 2, 'same'),
  'a mean pool': () => tf.avgPool(picture(), 3, 1, 'same'),
  'a function of values': () => tf.tanh(picture()),
  'a function of values, whose last vector is not full': () => tf.relu(floats([30_001])),
  'a sum of tensors': () => tf.add(picture(), floats([1, 40, 31, 24], 0.71)),
  'a product by values of channels': () => tf.mul(picture(), floats([24], 0.71)),
  'a product by values of pixels': () => tf.mul(picture(), floats([1, 40, 31, 1], 0.71)),
  'a comparison of long rows': () => tf.less(floats([90, 401]), floats([90, 1], 0.71)),
  'a comparison of two broadcasts': () => tf.greaterEqual(floats([300, 1]), floats([1, 101])),
  'a power': () => tf.pow(tf.abs(floats([97, 101])), floats([97, 101], 0.71)),
  'whole numbers': () => tf.add(ints([150, 201]), ints([201])),
  'a conversion': () => tf.cast(floats([150, 201]), 'bool'),
  'a choice': () => tf.where(bools([150, 201]), floats([150, 201]), floats([150, 201], 0.71)),
  softmax: () => tf.softmax(floats([70, 101])),
  'batch norm': () => {
    const [mean, offset, scale] = [0.3, 0.4, 0.5].map((s) => floats([24], s)) as tf.Tensor[];
    return tf.batchNorm(picture(), mean as never, tf.abs(scale) as never, offset as never);
  },
  'local response normalization': () => tf.localResponseNormalization(picture(), 2),
  'sums of rows': () => tf.sum(floats([100, 10, 90]), 2),
  'means of columns': () => tf.mean(floats([1, 30, 31, 93]), [1, 2]),
  'products of columns in some blocks': () => tf.prod(floats([5, 90, 201]), 1),
  'greatest values of columns': () => tf.max(floats([900, 93]), 0),
  'positions of the least values of columns': () => tf.argMin(floats([900, 93]), 0),
  'positions of the greatest values of rows': () => tf.argMax(floats([93, 900]), 1),
  'sums of columns of whole numbers': () => tf.sum(ints([900, 93]), 0),
  'truth of columns': () => tf.any(bools([900, 93]), 0),
  'a mean of whole numbers in another order': () => tf.mean(ints([30, 40, 50]), [0, 2]),
  'a bilinear resize': () => tf.image.resizeBilinear(floats([1, 20, 20, 9]), [41, 47]),
  'a bilinear resize of images': () =>
    tf.image.resizeBilinear(floats([3, 9, 9, 5]), [31, 33], true),
  'a resize to nearest pixels': () =>
    tf.image.resizeNearestNeighbor(floats([2, 20, 20, 9]), [61, 57]),
  'rows by their positions': () =>
    tf.gather(
      floats([40, 300]),
      tf.tensor1d(
        [...new Array(100).keys()].map((i) => (i * 7) % 40),
        'int32',
      ),
    ),
  'columns by their positions': () =>
    tf.gather(
      floats([90, 50, 6]),
      tf.tensor1d(
        [...new Array(60).keys()].map((i) => (i * 7) % 50),
        'int32',
      ),
      1,
    ),
  'rows of each batch by their positions': () =>
    tf.gather(
      floats([9, 50, 60]),
      tf.tensor2d(
        [...new Array(450).keys()].map((i) => (i * 7) % 50),
        [9, 50],
        'int32',
      ),
      1,
      1,
    ),
  'a transpose': () => tf.transpose(floats([201, 150])),
  'a transpose of axes': () => tf.transpose(floats([2, 40, 20, 21]), [0, 3, 1, 2]),
  'a part': () => tf.slice(floats([70, 50, 11]), [1, 2, 0], [61, 46, 11]),
  'a tensor in reverse': () => tf.reverse(floats([3, 101, 100]), 1),
  'joined tensors': () => tf.concat([floats([101, 300]), floats([101, 270], 0.71)], 1),
  'space to batch': () =>
    tf.spaceToBatchND(
      floats([1, 60, 60, 10]),
      [2, 3],
      [
        [0, 0],
        [1, 2],
      ],
    ),
  'a product by known weights': () => tf.matMul(floats([331, 60]), floats([60, 130], 0.71)),
  'a product by weights, of one row': () => tf.matMul(floats([1, 900]), floats([900, 301], 0.71)),
  'a product of computed matrices': () =>
    tf.matMul(tf.relu(floats([67, 60])), tf.relu(floats([60, 130], 0.71))),
  'a product of many computed matrices': () =>
    tf.matMul(floats([6, 30, 20]), floats([6, 90, 20], 0.71), false, true),
  'a product of many matrices by one': () =>
    tf.matMul(floats([6, 20, 30]), floats([1, 20, 90], 0.71), true, false),
  'a product of matrices that broadcast': () =>
    tf.matMul(floats([2, 1, 70, 30]), floats([1, 3, 30, 110], 0.71)),
  'a product with bias and elu': () =>
    tf.fused.matMul({
      ...{ a: floats([67, 60]), b: floats([130, 60], 0.71), transposeB: true },
      ...{ bias: floats([130], 0.3) as tf.Tensor, activation: 'elu' },
    }),
};

export type Bytes = Uint8Array;

/** Returns the bytes of a result. */
export function bytesOf(make: () => tf.Tensor): Bytes {
  const { buffer, byteOffset, byteLength } = tf.tidy(() => make().dataSync());
  return new Uint8Array(buffer, byteOffset, byteLength);
}
