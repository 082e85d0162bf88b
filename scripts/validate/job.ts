/** A run that is asked for, where it takes place, and who is told of it. */
import type { CaseResult } from '../../src/validator/index.js';
import type { BrowserName } from '../lib/page.js';
import type { MaskName } from '../webgl/masks.js';

export interface Run {
  backend: string;
  reference: string[];
  ids: string[];
  /** 'all', the name of one variant, or '' for the backend's own choice. */
  variant: string;
}

export type Place = Exclude<BrowserName, 'auto'> | 'firefox' | 'chrome' | 'node';

export interface Job extends Run {
  place: Place;
  /** A script that registers a backend. */
  module?: string;
  /** What the browser must do without. */
  mask?: MaskName;
}

/** What a run ran on. */
export interface Host {
  renderer: string;
  userAgent: string;
  tfjs: string;
}

export interface Listener {
  /** Told once a page, of which there may be several. */
  onHost(host: Host): void;
  /** Told of each case's results, one a variant. */
  onResults(results: readonly CaseResult[]): void;
}
