/** Exports of the package. Importing it registers our flags with tfjs, but no backend or kernel. */

export { ContextLostError, TensorLostError, VariantRefusal } from '../kernels/errors.js';
export type { CaptureInfo } from './capture/captured.js';
export { type Captured, type CaptureOptions, capture } from './capture.js';
export { type BuildInfo, TiledCPUBackend } from './cpu/TiledCPUBackend.js';
export type { ThreadsInfo } from './cpu/threads.js';
export type { Conversion, ConversionKind, LadderStep } from './engine/engineLog.js';
export { explain } from './explain.js';
export { forceVariant, variantNames } from './forceVariant.js';
export { registerTiled } from './register.js';
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
export type { ContextInfo } from './webgl/recovery/recovery.js';
export { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';
