/**
 * Estimates of the time that work takes, in multiply-adds of a dense convolution: about 15 of them take a
 * nanosecond. They decide what is worth sharing among threads, for which their order is enough.
 */
export const effort = {
  /** A value that is moved, or that arithmetic makes of one or two others. */
  value: 8,
  /** A value of a function that is a polynomial, such as exp. */
  power: 40,
  /** A multiply-add of a depthwise convolution, or a value in the window of a pool. */
  tap: 3,
  /** A value that is interpolated between four others. */
  interpolation: 24,
} as const;
