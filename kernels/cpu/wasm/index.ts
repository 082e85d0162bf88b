/** The microkernels in AssemblyScript, built once with relaxed SIMD and once without. */
export { dense } from './dense';
export { depthwise } from './depthwise';
export { sweep3x3 } from './sweep';
export { binary, clip, normalize } from './elementwise';
export { copyRows } from './copy';
export { exponential } from './exponential';
export { pool } from './pool';
export { reduce } from './reduce';
export { resizeBilinear } from './resize';
