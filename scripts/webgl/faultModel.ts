/** Small model into which faults are injected, with the answers that stock cpu gives. */
import * as tf from '@tensorflow/tfjs-core';
import { type Captured, capture } from '../../src/index.js';
import { integers, stream } from '../../src/validator/index.js';

/**
 * Stock's packed convolutions start each sum at this number and subtract it at the end, so that a sum
 * of zero may come out as its negative.
 */
const STOCK_EPSILON = Math.fround(1e-15);

const shapes = {
  x: [1, 9, 9, 8],
  wide: [1, 5, 6, 35],
  filter: [1, 2, 8, 8],
  depthwise: [2, 1, 8, 1],
  winograd: [3, 3, 35, 8],
} as const satisfies Record<string, readonly [number, number, number, number]>;

/** Returns a tensor of whole numbers, so that every variant computes exactly the same result. */
function tensor(what: keyof typeof shapes, seed = 7): tf.Tensor4D {
  const shape = shapes[what];
  const size = shape.reduce((a: number, b) => a * b, 1);
  return tf.tensor4d(integers(stream(seed, what), size, 4), [...shape]);
}

const weightNames = ['filter', 'depthwise', 'winograd'] as const;

export type Weights = Record<(typeof weightNames)[number], tf.Tensor4D>;

export function makeWeights(): Weights {
  return Object.fromEntries(weightNames.map((what) => [what, tensor(what)])) as Weights;
}

type Inputs = Record<'x' | 'wide', tf.Tensor4D>;

/** Number of different inputs. */
const INPUTS = 2;

const makeInputs = (which: number): Inputs => ({
  x: tensor('x', 7 + which),
  wide: tensor('wide', 7 + which),
});

/**
 * Runs a convolution with a fused activation, a depthwise convolution and a pool, and a Winograd
 * convolution, with stock kernels after both.
 */
function predict({ filter, depthwise, winograd }: Weights, { x, wide }: Inputs): tf.Tensor[] {
  return tf.tidy(() => {
    const y = tf.relu(tf.conv2d(x, filter, 1, 'same'));
    const z = tf.depthwiseConv2d(y, depthwise, 1, 'same');
    const pooled = tf.maxPool(z, 2, 2, 'same');
    const w = tf.conv2d(wide, winograd, 1, 'same');
    return [z, tf.transpose(pooled, [0, 3, 1, 2]), tf.cumsum(w, 1)];
  });
}

/** Answers of the stock cpu backend to each of the inputs. */
let expected: readonly (readonly Float32Array[])[] = [];

export async function computeExpected(): Promise<void> {
  await tf.setBackend('cpu');
  const weights = makeWeights();
  expected = Array.from({ length: INPUTS }, (_, which) => {
    const answers = tf.tidy(() => predict(weights, makeInputs(which)));
    const values = answers.map((answer) => answer.dataSync<'float32'>());
    tf.dispose(answers);
    return values;
  });
  tf.dispose({ ...weights });
}

/**
 * Reads answers, some synchronously and some asynchronously, and disposes of them. Returns null if they
 * are right, else a description of the error.
 */
async function judge(answers: readonly tf.Tensor[], which: number): Promise<string | null> {
  try {
    for (const [i, answer] of answers.entries()) {
      const values = i % 2 === 0 ? await answer.data() : answer.dataSync();
      const right = expected[which][i];
      const at = right.findIndex((value, j) => !(Math.abs(value - values[j]) <= STOCK_EPSILON));
      if (at >= 0) return `value ${at} of answer ${i} is ${values[at]}, not ${right[at]}`;
    }
    return null;
  } finally {
    tf.dispose([...answers]);
  }
}

/** Predicts, and judges the answers. */
export async function eagerProgram(weights: Weights): Promise<string | null> {
  return judge(
    tf.tidy(() => predict(weights, makeInputs(0))),
    0,
  );
}

export type Fast = Captured<Inputs, tf.Tensor[]>;

/** Captures the model. The weights may be made anew, as `weights()` says. */
export async function captureModel(weights: () => Weights): Promise<Fast> {
  const inputs = makeInputs(0);
  try {
    return await capture((given: Inputs) => predict(weights(), given), inputs);
  } finally {
    tf.dispose({ ...inputs });
  }
}

/** Predictions in which a recording that was given up is made anew, and used once. */
const ANEW = 6;

/**
 * Predicts through a capture, first from its recording, then after a weight was made anew. Returns null
 * if all answers are right.
 */
export async function capturedProgram(fast: Fast, weights: Weights): Promise<string | null> {
  const predictOnce = async (which: number) => {
    const inputs = makeInputs(which);
    let answers: tf.Tensor[];
    try {
      answers = fast.predict(inputs);
    } finally {
      tf.dispose({ ...inputs });
    }
    const wrong = await judge(answers, which);
    await (fast as { checking?: Promise<void> }).checking;
    return wrong;
  };
  for (let i = 0; i < 2; i++) {
    const wrong = await predictOnce(1 - i);
    if (wrong !== null) return `replay ${i}: ${wrong}`;
  }
  weights.filter.dispose();
  weights.filter = tensor('filter');
  for (let i = 0; i < ANEW; i++) {
    const wrong = await predictOnce(i % INPUTS);
    if (wrong !== null) return `prediction ${i} after a weight was made anew: ${wrong}`;
  }
  return null;
}
