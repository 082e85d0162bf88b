/** A requested run, the place where it runs, and the listener that receives its results. */
import type { CaseResult, StoredPrecision } from '../../../src/validator/index.js';
import type { BrowserName } from '../../lib/page.js';
import type { MaskName } from '../../webgl/masks.js';

export interface Run {
  backend: string;
  reference: string[];
  ids: string[];
  /** 'all', the name of one variant, or '' for the backend's own choice. */
  variant: string;
  /** True to compute the backend's cases through capture(). */
  isCaptured?: boolean;
  /** Floats in which the backend stores tensors. */
  precision?: StoredPrecision;
}

export type Place = Exclude<BrowserName, 'auto'> | 'firefox' | 'chrome' | 'node';

export interface ValidatorJob extends Run {
  place: Place;
  /** A script that registers a backend. */
  module?: string;
  /** Name of the mask that hides capabilities of the browser. */
  mask?: MaskName;
}

/** Description of the device and software that a run used. */
export interface Host {
  renderer: string;
  userAgent: string;
  tfjs: string;
}

export interface Listener {
  /** Called once per page, of which there may be several. */
  onHost(host: Host): void;
  /** Called with each case's results, one per variant. */
  onResults(results: readonly CaseResult[]): void;
}
