import { activated } from './vector';

/** The parameters of `sweep3x3`. As for Job, ../job.ts must write them in this order. */
@unmanaged
export class Sweep {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  /** At least 4. */
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  strideHeight: i32;
  /** 1 or 2. */
  strideWidth: i32;
  dilationHeight: i32;
  padTop: i32;
  /** 0 or 1. Windows also reach at most one pixel past the right edge. */
  padLeft: i32;
  x: usize;
  y: usize;
  /** Address of the filter [3, 3, channels]. */
  w: usize;
  /** `bias` and `slopes` are as in Job. */
  bias: usize;
  slopes: usize;
  /** Address of 4 zeros. */
  zeros: usize;
  low: f32;
  high: f32;
  /** Dummy result of the prefetch, so that the compiler keeps its loads. */
  touched: i32;
}

/** Applies the activation to a sum and stores it. */
// @ts-ignore: decorator
@inline
export function finish(slopes: usize, low: v128, high: v128, y: usize, sum: v128): void {
  v128.store(y, activated(sum, slopes, low, high));
}
