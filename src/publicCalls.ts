/**
 * Public calls that act on a backend. The backends of this copy of the package expose them to other
 * copies on the page.
 */
import { capture } from './capture.js';
import { explain } from './explain.js';
import { forceVariant } from './forceVariant.js';
import { tiledInfo } from './tiledInfo.js';
import { trim } from './trim.js';
import { clearTuning, exportTuning, loadTuning, tune } from './tuning.js';
import { warmUp } from './warmUp.js';

export const publicCalls = {
  capture,
  clearTuning,
  explain,
  exportTuning,
  forceVariant,
  loadTuning,
  tiledInfo,
  trim,
  tune,
  warmUp,
};
