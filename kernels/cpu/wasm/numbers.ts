/** Numbers that TypeScript and AssemblyScript share; this file is both. */

/** Functions of one value, by their names in kernels/elementwise/unary.ts. */
export enum Unary {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  clip,
  cos,
  cosh,
  elu,
  erf,
  exp,
  expm1,
  floor,
  isFinite,
  isInf,
  isNaN,
  leakyrelu,
  log,
  log1p,
  logicalNot,
  neg,
  reciprocal,
  relu,
  relu6,
  round,
  rsqrt,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  step,
  tan,
  tanh,
}

/** Functions of two values, by their names in kernels/elementwise/binary.ts. */
export enum Binary {
  add,
  atan2,
  divide,
  equal,
  floorDiv,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  mod,
  multiply,
  notEqual,
  pow,
  prelu,
  squaredDifference,
  sub,
}

/** Microkernels that lists of calls may name. */
export enum Microkernel {
  binary,
  cast,
  dense,
  depthwise,
  depthwiseFilterGradient,
  extremes,
  fill,
  filterGradient,
  gather,
  localResponse,
  matMul,
  move,
  normalize,
  pool,
  poolGradient,
  reduce,
  reduceWhole,
  resizeBilinear,
  sample,
  select,
  softmax,
  sweep3x3,
  truth,
  unary,
}

/** Most arguments of a microkernel in a list. */
export const MOST_ARGUMENTS = 9;

/** Types of values. */
export enum Type {
  float32,
  int32,
  bool,
}

/** Runs of fewer values of a broadcast are gathered into chunks. */
export const SHORT = 32;
/** Number of values of a chunk. */
export const CHUNK = 512;

/** Most columns of which the gradient of a filter packs panels: as many as the L2 cache holds. */
export const PANEL_COLUMNS = 256;
