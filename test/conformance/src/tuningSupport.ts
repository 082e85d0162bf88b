/** Nets for the tests of tuning. */
import { tune } from '../../../src/index.js';
import { wholeNumbers } from '../../support/residencySupport.js';
import { tf } from '../../support/setup.js';

export const name = 'tiled-webgl';

/** Runs a small net on whole numbers, so that every variant returns the same bits. */
export function predict(x: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const stem = tf.tensor4d(wholeNumbers([3, 3, 5, 8]), [3, 3, 5, 8]);
    const y = tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: stem,
      strides: 1,
      pad: 'same',
      bias: tf.range(0, 8) as tf.Tensor1D,
      activation: 'relu',
    });
    const z = tf.depthwiseConv2d(y, tf.ones([3, 3, 8, 1]) as tf.Tensor4D, 2, 'same');
    return tf.conv2d(z, tf.ones([1, 1, 8, 12]) as tf.Tensor4D, 1, 'valid');
  });
}

/** Runs one convolution, for tests in which more would only take longer. */
export function layer(x: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const filter = tf.ones([3, 3, 5, 8]) as tf.Tensor4D;
    return tf.conv2d(x as tf.Tensor4D, filter, 1, 'same');
  });
}

export const input = () => tf.tensor4d(wholeNumbers([1, 12, 13, 5]), [1, 12, 13, 5]);

export function answer(): number[] {
  return tf.tidy(() => [...predict(input()).dataSync()]);
}

/** Tunes the net on an input that is disposed of afterwards. */
export async function tuned(options: Parameters<typeof tune>[2] = {}, model = predict) {
  const x = input();
  try {
    return await tune(model, x, { rounds: 1, ...options });
  } finally {
    x.dispose();
  }
}

/** Returns the lines that console.warn receives while `body` runs. */
export async function warningsOf(body: () => Promise<void>): Promise<string[]> {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (line: string) => void lines.push(line);
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return lines;
}
