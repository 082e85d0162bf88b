/** Exports that every entry with an engine has: public calls, their types, and errors. */
export type { CaptureInfo } from './capture/captured.js';
export { type Captured, type CaptureOptions, capture } from './capture.js';
export type { BuildInfo } from './cpu/buildInfo.js';
export type { ThreadsInfo } from './cpu/threads.js';
export type { Conversion, ConversionKind, LadderStep } from './engine/engineLog.js';
export { ContextLostError, TensorLostError, VariantRefusal } from './errors.js';
export { explain } from './explain.js';
export { forceVariant, variantNames } from './forceVariant.js';
export { type TiledInfo, tiledInfo } from './tiledInfo.js';
export { type TrimReport, trim } from './trim.js';
export type { Tunable } from './tune/model.js';
export type { TuneEntry, TuneOptions, TuneProgress, TuneReport } from './tune/report.js';
export { clearTuning, exportTuning, loadTuning, tune } from './tuning.js';
export { type WarmUpOptions, type WarmUpProgress, type WarmUpReport, warmUp } from './warmUp.js';
export type { ContextInfo } from './webgl/recovery/contextInfo.js';
