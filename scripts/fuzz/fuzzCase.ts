/** What the fuzz runs, as plain data that says all of it. */
import type { ConvCase } from '../../src/validator/index.js';
import type { LinkName } from './links.js';

/** A convolution of what came before it, with weights of its own. */
export interface Follower {
  readonly kernel: 'conv2d' | 'depthwiseConv2d';
  /** Height and width of the filter. */
  readonly window: readonly [number, number];
  /** Output channels, or the depthwise multiplier. */
  readonly last: number;
  readonly stride: readonly [number, number];
  readonly pad: ConvCase['pad'];
  readonly activation?: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid';
  readonly hasBias: boolean;
}

export type Link = { readonly op: LinkName } | { readonly conv: Follower };

/**
 * What is passed instead of what the convolution says: attributes by the name that tfjs has for
 * them; for `x`, `filter`, `bias` and `preluActivationWeights` the shape, and in `dtypes` the types
 * of those that are not float32.
 */
export type Wild = Readonly<Record<string, unknown>>;

/**
 * Where there is something that is no finite number, beside what the data of the convolution has:
 * in the bias or the slopes, or in sums of finite numbers that are too large for float32.
 */
export type Special = 'nanBias' | 'infBias' | 'nanSlopes' | 'infSlopes' | 'overflow';

/**
 * What a case is run under. `tape`: gradients are computed. `debug`: tfjs reads and times each
 * result. `limit`: the engine is to keep no GPU memory for reuse.
 */
export type RunState = 'tape' | 'debug' | 'limit';

export interface FuzzCase {
  /** What a chain begins with, its id, and the seed of all weights. */
  readonly conv: ConvCase;
  /** With it, nothing says what is right but the stock backend. */
  readonly wild?: Wild;
  readonly special?: Special;
  /** The slope of a leakyrelu is left out, and tfjs's own applies. */
  readonly leavesAlpha?: true;
  /** The variant that computes the convolutions, where it takes them. */
  readonly variant?: string;
  readonly state?: RunState;
  /** What is done with the result, step by step. */
  readonly links: readonly Link[];
  /** The results on the way are read too, after the last one; else they are gone by then. */
  readonly keeps: boolean;
  readonly read: 'data' | 'dataSync';
  /** How often it is run on the same tensors. */
  readonly runs: 1 | 2;
}
