/**
 * Result of `npm run profile --json`, which other tools read: fields may be added but not renamed.
 */
import type { Conversion } from '../../src/engine/engineLog.js';
import type { KernelEvent, Ran } from '../models/trace.js';
import type { Device } from '../report/page.js';

export interface ProfileRow {
  kernel: string;
  /** Variant of a tiled convolution. */
  variant: string | null;
  ran: Ran;
  calls: number;
  /** Milliseconds of all calls in one prediction. */
  ms: number;
  /** Fraction of the time of all kernels. */
  share: number;
  conversions: number;
  /** Number of texels that the conversions wrote. */
  texels: number;
}

export interface ProfileResult {
  device: Device;
  net: string;
  backend: string;
  rounds: number;
  /** Name of the method that timed the kernels. */
  how: string;
  /** Median milliseconds of predictions in which no kernel was timed. */
  steadyMs: number;
  rows: ProfileRow[];
  /** Conversions by kind and kernel. */
  conversions: Conversion[];
  conversionsBetween: Conversion[];
  /** Kernel events of the last prediction, in order. */
  events: KernelEvent[];
}
