/** The microkernels in AssemblyScript, built once with relaxed SIMD and once without. */
export { binary } from './broadcast';
export { cast } from './cast';
export { copyRows } from './copy';
export { dense } from './dense';
export { depthwise } from './depthwise';
export { normalize } from './normalize';
export { pool } from './pool';
export { reduce } from './reduce';
export { resizeBilinear } from './resize';
export { select } from './select';
export { sweep3x3 } from './sweep';
export { unary } from './unary';
