/**
 * Estimates of the time that work takes, in multiply-adds of a dense convolution: about 15 of them take a
 * nanosecond. They decide what is worth sharing among threads, for which their order is enough.
 */
export const effort = {
  /** A value that is moved, or that arithmetic makes of one or two others. */
  value: 2,
  /** A value of a function that is a polynomial, such as exp. */
  polynomial: 16,
  /** A value of a power of any exponent, which is computed in double precision. */
  power: 160,
  /** A multiply-add of a depthwise convolution. */
  tap: 1.25,
  /** A value of those that are reduced to one: in the window of a pool, or along axes. */
  reduced: 3,
  /** A value that is interpolated between four others. */
  interpolation: 14,
} as const;
