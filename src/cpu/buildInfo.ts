/** The kernels in use: a build of the microkernels, or plain TypeScript. */
export interface BuildInfo {
  /** `relaxed-simd`, `simd` or `plain`; null before a kernel has run. */
  readonly name: string | null;
  /** The reason why no faster build is used. */
  readonly reason: string;
}
