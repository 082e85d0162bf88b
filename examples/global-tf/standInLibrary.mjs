/** A library that takes tfjs from the global `tf` while it is loaded, as scripts for script tags do. */
const { tf } = globalThis;
if (tf === undefined) throw new Error('load tfjs as the global tf before this library');

const filter = tf.ones([3, 3, 3, 1]);

/** Returns the largest sum of 3x3 pixels of a picture, [height, width, 3]. */
export async function brightest(picture) {
  const y = tf.tidy(() => tf.max(tf.conv2d(tf.expandDims(picture), filter, 1, 'valid')));
  const [value] = await y.data();
  y.dispose();
  return value;
}
