/** The public calls that are about a backend, as the backends of this copy of the package show them. */
import { forceVariant } from './forceVariant.js';
import { tiledInfo } from './tiledInfo.js';
import { trim } from './trim.js';
import { clearTuning, exportTuning, loadTuning, tune } from './tuning.js';
import { warmUp } from './warmUp.js';

export const publicCalls = {
  clearTuning,
  exportTuning,
  forceVariant,
  loadTuning,
  tiledInfo,
  trim,
  tune,
  warmUp,
};
