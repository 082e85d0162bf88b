/** Counts of lost contexts and tensors, for tiledInfo(). */
export interface ContextInfo {
  readonly losses: number;
  /** Number of tensors whose values were restored, over all losses. */
  readonly tensorsRestored: number;
  /** Number of tensors whose values were lost with a context. */
  readonly tensorsLost: number;
  /** Bytes of arrays on the CPU from which tensors on the GPU could be made again. */
  readonly keptBytes: number;
}
