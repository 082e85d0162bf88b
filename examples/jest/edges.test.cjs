/** Tests of a net by Jest, which loads this package as CommonJS: `npx jest --rootDir jest`. */
const tf = require('@tensorflow/tfjs-core');
const { tiledInfo } = require('tfjs-backend-tiled/cpu');
const { edges } = require('./edges.cjs');

beforeAll(() => tf.setBackend('tiled-cpu'));

/** Returns a picture of 12 x 16 pixels by a function of its column. */
const picture = (brightness) => {
  const columns = Array.from({ length: 16 }, (_, column) => brightness(column));
  return tf.tidy(() => tf.tile(tf.tensor4d(columns, [1, 1, 16, 1]), [1, 12, 1, 1]));
};

test('there is no edge in an even picture', async () => {
  const x = picture(() => 0.5);
  const y = edges(x);
  expect(y.shape).toEqual([1, 8, 12, 1]);
  for (const value of await y.data()) expect(value).toBeCloseTo(0, 6);
  tf.dispose([x, y]);
});

test('an edge is where the brightness changes', async () => {
  const x = picture((column) => (column < 8 ? 0 : 1));
  const y = edges(x);
  const [row] = tf.tidy(() => tf.squeeze(y, [0, 3]).arraySync());
  // The blur makes a slope of four columns, whose middle is the steepest.
  const thirds = row.map((value) => Math.round(3 * value));
  expect(thirds).toEqual([0, 0, 0, 0, 4, 8, 8, 4, 0, 0, 0, 0]);
  tf.dispose([x, y]);
});

test('the net computes here, and leaves no tensors', () => {
  expect(tiledInfo().variants.Conv2D).toBeDefined();
  expect(tf.memory().numTensors).toBe(0);
});
