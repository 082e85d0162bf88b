/** Tests of non-max suppression against that of stock 'cpu'. */
import { expect } from 'chai';
import { suppress } from '../../../../kernels/boxes/suppression.js';
import { fractions, integers, stream } from '../../../../src/validator/random.js';
import { tf } from '../../../support/setup.js';

interface Boxes {
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
}

/** Returns boxes of which many overlap, some are empty, and some have equal scores. */
function someBoxes(seed: number, count: number): Boxes {
  const [places, corners] = ['places', 'corners'].map((name) => stream(seed, name));
  const at = integers(places, 4 * count, 12);
  const scores = Float32Array.from(integers(corners, count, 40), (value) => value / 40);
  return { boxes: Float32Array.from(at, (value) => value / 6), scores };
}

const odd: Boxes = {
  boxes: Float32Array.of(
    ...[0, 0, 1, 1, 0, 0, 1, 1, Number.NaN, 0, 1, 1, 0, 0, Infinity, 1, 3, 3, 2, 2, 0.1, 0, 1, 1],
    ...[-0, 0, 1, 1],
  ),
  scores: Float32Array.of(0.5, 0.5, 0.9, 0.8, Number.NaN, Infinity, 0.4),
};

type Run = (boxes: tf.Tensor2D, scores: tf.Tensor1D) => Promise<unknown>;

/** Runs calls on a backend, with boxes of its own; they may leave no tensor. */
async function on(backend: string, { boxes, scores }: Boxes, run: Run): Promise<unknown> {
  await tf.setBackend(backend);
  const { numTensors } = tf.memory();
  const x = tf.tensor2d(boxes, [scores.length, 4]);
  const s = tf.tensor1d(scores);
  try {
    return await run(x, s);
  } finally {
    tf.dispose([x, s]);
    expect(tf.memory().numTensors).to.equal(numTensors);
  }
}

/** Returns the values of tensors, and disposes of them. */
function taken(found: tf.Tensor | tf.NamedTensorMap) {
  const named = found instanceof tf.Tensor ? { found } : found;
  const all = Object.entries(named).map(([name, tensor]) => {
    const { shape, dtype } = tensor;
    return { name, shape, dtype, values: [...tensor.dataSync()] };
  });
  tf.dispose(named);
  return all;
}

type Limits = readonly [most: number, overlap: number, score: number];

/** All ways in which tfjs is asked: by its kernels, and at once with the reads. */
const ways: Readonly<Record<string, (...limits: Limits) => Run>> = {
  nonMaxSuppression:
    (...limits) =>
    async (b, s) =>
      taken(tf.image.nonMaxSuppression(b, s, ...limits)),
  nonMaxSuppressionPadded:
    (...limits) =>
    async (b, s) =>
      taken(tf.image.nonMaxSuppressionPadded(b, s, ...limits, true)),
  nonMaxSuppressionWithScore:
    (...limits) =>
    async (b, s) =>
      taken(tf.image.nonMaxSuppressionWithScore(b, s, ...limits, 0.5)),
  nonMaxSuppressionAsync:
    (...limits) =>
    async (b, s) =>
      taken(await tf.image.nonMaxSuppressionAsync(b, s, ...limits)),
  nonMaxSuppressionPaddedAsync:
    (...limits) =>
    async (b, s) => [
      taken(await tf.image.nonMaxSuppressionPaddedAsync(b, s, ...limits, true)),
      taken(await tf.image.nonMaxSuppressionPaddedAsync(b, s, ...limits)),
    ],
  nonMaxSuppressionWithScoreAsync:
    (...limits) =>
    async (b, s) => [
      taken(await tf.image.nonMaxSuppressionWithScoreAsync(b, s, ...limits, 0.5)),
      taken(await tf.image.nonMaxSuppressionWithScoreAsync(b, s, ...limits)),
    ],
};

describe('non-max suppression', () => {
  after(() => tf.setBackend('tiled-cpu'));

  for (const [name, way] of Object.entries(ways)) {
    it(`${name} chooses what stock chooses`, async () => {
      for (let seed = 0; seed < 60; seed++) {
        const given = someBoxes(seed, 1 + 7 * seed);
        const [overlap, score] = fractions(stream(seed, 'limits'), 2);
        const run = way(1 + (seed % 40), seed % 5 === 0 ? 0 : Math.abs(overlap), score);
        const wanted = await on('cpu', given, run);
        expect(await on('tiled-cpu', given, run), `seed ${seed}`).to.deep.equal(wanted);
      }
    });

    it(`${name} chooses what stock chooses among boxes and scores that are not finite`, async () => {
      for (const overlap of [0, 0.3, 1]) {
        for (const score of [-Infinity, 0, 0.6]) {
          const run = way(9, overlap, score);
          const wanted = await on('cpu', odd, run);
          expect(await on('tiled-cpu', odd, run)).to.deep.equal(wanted);
        }
      }
    });
  }

  it('takes the default limits of tfjs, and leaves errors to it', async () => {
    const given = someBoxes(3, 50);
    const run: Run = async (b, s) => taken(await tf.image.nonMaxSuppressionAsync(b, s, 20));
    expect(await on('tiled-cpu', given, run)).to.deep.equal(await on('cpu', given, run));
    const wrong: Run = async (b, s) => tf.image.nonMaxSuppressionAsync(b, s, 20, 1.5);
    let message = '';
    await on('tiled-cpu', given, wrong).catch((error: Error) => {
      message = error.message;
    });
    expect(message).to.equal("iouThreshold must be in [0, 1], but was '1.5'");
  });

  it('gives scores as they were, from the highest on, unless they are to be reduced', () => {
    const boxes = [0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 0.9];
    const limits = { most: 9, overlap: 0.5, score: 0 };
    expect(suppress(boxes, [0.5, 0.75, 0.25], { ...limits, sigma: 0 })).to.deep.equal({
      indices: [1, 0],
      scores: [0.75, 0.5],
    });
  });
});
