/** A net without training: edges of a picture, by a blur and Sobel's slopes. */
const tf = require('@tensorflow/tfjs-core');

const slopes = [-1, -1, 0, -2, 1, -1, -2, 0, 0, 0, 2, 0, -1, 1, 0, 2, 1, 1];

/**
 * Returns how steep each pixel is, [1, height - 4, width - 4, 1].
 * @param x brightness from 0 to 1, [1, height, width, 1]
 */
exports.edges = (x) =>
  tf.tidy(() => {
    const smooth = tf.conv2d(x, tf.fill([3, 3, 1, 1], 1 / 9), 1, 'valid');
    const both = tf.conv2d(smooth, tf.tensor4d(slopes, [3, 3, 1, 2]), 1, 'valid');
    return tf.sum(tf.abs(both), 3, true);
  });
