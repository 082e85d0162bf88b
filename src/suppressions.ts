/**
 * Non-max suppression of tfjs's asynchronous calls, which graph models and detectors make. No kernel
 * computes these: tfjs-core reads boxes and scores and chooses by itself, in tens of milliseconds for the
 * thousands of boxes of a detector.
 */
import { engine, image, scalar, Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { type Chosen, padded, suppress } from '../kernels/boxes/suppression.js';
import { copyOf } from './engine/brand.js';
import { running } from './runningEngine.js';

/** The mark of a call that a copy of this package has replaced. */
const extended = Symbol.for('tfjs-backend-tiled.suppression');

const indicesOf = (indices: number[]) => tensor1d(indices, 'int32');

/** A call, as its arguments after boxes and scores are used here. */
interface Call {
  /** True if the fourth of these arguments is the width of a Gauss curve. */
  readonly isSoft: boolean;
  /** Makes the result. */
  make(chosen: Chosen, most: number, isPadded: boolean): unknown;
}

const calls: Readonly<Record<string, Call>> = {
  nonMaxSuppressionAsync: { isSoft: false, make: ({ indices }) => indicesOf(indices) },
  nonMaxSuppressionPaddedAsync: {
    isSoft: false,
    make({ indices }, most, isPadded) {
      return {
        selectedIndices: indicesOf(isPadded ? padded(indices, most) : indices),
        validOutputs: scalar(indices.length, 'int32'),
      };
    },
  },
  nonMaxSuppressionWithScoreAsync: {
    isSoft: true,
    make: ({ indices, scores }) => ({
      selectedIndices: indicesOf(indices),
      selectedScores: tensor1d(scores),
    }),
  },
};

type Stock = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * Replaces the calls of tfjs-core by calls that choose the same boxes sooner where a backend of ours is
 * active, and else, or for arguments that tfjs-core refuses, call tfjs-core's.
 */
export function extendSuppressions(): void {
  const ofImage = image as unknown as Record<string, Stock & { [extended]?: true }>;
  for (const [name, call] of Object.entries(calls)) {
    const stock = ofImage[name];
    if (stock === undefined || extended in stock) continue;
    ofImage[name] = Object.assign(callOf(stock, call), { [extended]: true as const });
  }
}

function callOf(stock: Stock, { isSoft, make }: Call): Stock {
  return async (...args) => {
    const [boxes, scores, asked, overlap = 0.5, score = -Infinity, option = isSoft ? 0 : false] =
      args;
    const sigma = isSoft ? option : 0;
    const isOurs = copyOf(running(engine().backendName)) !== undefined;
    const isTaken =
      areTaken(boxes, scores) && isFraction(overlap) && isFraction(sigma) && isCount(asked);
    if (!isOurs || !isTaken || typeof score !== 'number') return stock(...args);
    const [x, s] = [boxes, scores] as Tensor[];
    const most = Math.min(asked, x.shape[0]);
    const [corners, values] = await Promise.all([x.data(), s.data()]);
    return make(suppress(corners, values, { most, overlap, score, sigma }), most, option === true);
  };
}

/** True for boxes [n, 4] and scores [n]. */
function areTaken(boxes: unknown, scores: unknown): boolean {
  if (!(boxes instanceof Tensor && scores instanceof Tensor)) return false;
  const [count, corners] = boxes.shape;
  const areNumbers = [boxes, scores].every(({ dtype }) => dtype === 'float32');
  const areBoxes = boxes.rank === 2 && corners === 4;
  return areNumbers && areBoxes && scores.rank === 1 && scores.shape[0] === count;
}

const isFraction = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 1;

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
