/** Everything the package offers, without registering anything. */
export type { Conversion, ConversionKind, LadderStep } from './backend/engineLog.js';
export type { ContextInfo } from './backend/recovery.js';
export { TiledCPUBackend } from './backend/TiledCPUBackend.js';
export { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';
export type { ThreadsInfo } from './backend/threads.js';
export { forceVariant, variantNames } from './forceVariant.js';
export { registerTiled } from './register.js';
export { ContextLostError, TensorLostError, VariantRefusal } from './runner.js';
export { type TiledInfo, tiledInfo } from './tiledInfo.js';
export { type TrimReport, trim } from './trim.js';
export {
  clearTuning,
  exportTuning,
  loadTuning,
  type Tunable,
  type TuneEntry,
  type TuneOptions,
  type TuneProgress,
  type TuneReport,
  tune,
} from './tuning.js';
export { type WarmUpOptions, type WarmUpProgress, type WarmUpReport, warmUp } from './warmUp.js';
