/** A fuzz case as plain data that determines it completely. */
import type { ConvCase } from '../../src/validator/index.js';
import type { LinkName } from './links.js';

/** A convolution of the previous result, with its own weights. */
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
 * Arguments that replace those of the convolution. Attributes have the names that tfjs gives them.
 * For `x`, `filter`, `bias` and `preluActivationWeights` the value is the shape, and `dtypes` has
 * the types of the operands that are not float32.
 */
export type Wild = Readonly<Record<string, unknown>>;

/**
 * Source of NaN or infinities, besides the data of the convolution: the bias, the slopes, or sums
 * of finite numbers that overflow float32.
 */
export type Special = 'nanBias' | 'infBias' | 'nanSlopes' | 'infSlopes' | 'overflow';

/**
 * State under which a case runs. `tape`: gradients are computed. `debug`: tfjs reads and times each
 * result. `limit`: the engine keeps no GPU memory for reuse.
 */
export type RunState = 'tape' | 'debug' | 'limit';

/**
 * Events between captured predictions. `again`: none. `reweigh`: the weights of a stage are disposed
 * of and made anew with other values. `assign`: they are variables, which are assigned other values.
 * `elsewhere`: inputs come from other kernels. `tidy`: predictions are made in a tidy of the caller.
 * `trim`: memory is freed. `limit`: the engine keeps no GPU memory for reuse. `variant`: no variant is
 * forced any more, or the variant is forced again. `lose`: the context is lost.
 */
export const mishapNames = [
  'again',
  'reweigh',
  'assign',
  'elsewhere',
  'tidy',
  'trim',
  'limit',
  'variant',
  'lose',
] as const;

export interface Mishap {
  readonly what: (typeof mishapNames)[number];
  /** Stage of the chain that it concerns, modulo the number of stages. */
  readonly stage: number;
}

export interface FuzzCase {
  /** First convolution of the chain, which also sets the id and the seed of all weights. */
  readonly conv: ConvCase;
  /** Wild arguments. If present, only the stock backend defines the right result. */
  readonly wild?: Wild;
  readonly special?: Special;
  /** True if the call omits the slope of a leakyrelu, so that tfjs's default applies. */
  readonly leavesAlpha?: true;
  /** Variant that computes the convolutions, unless it refuses. */
  readonly variant?: string;
  readonly state?: RunState;
  /** Ops that are applied to the result, one after another. */
  readonly links: readonly Link[];
  /** True if intermediate results are kept and read too, after the last one. */
  readonly keeps: boolean;
  readonly read: 'data' | 'dataSync';
  /** Number of runs on the same tensors. */
  readonly runs: 1 | 2;
  /** If present, the chain is captured too, and predicted after each of these events. */
  readonly captured?: readonly Mishap[];
}
