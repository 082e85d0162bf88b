/** Options and report of tune(). */

export interface TuneProgress {
  /** Number of convolutions measured. */
  readonly done: number;
  /** Number of convolutions known so far; it grows if a choice brings tensors into other tiles. */
  readonly total: number;
  /** Key of the convolution measured last. */
  readonly key: string;
}

export interface TuneOptions {
  /**
   * Name of a running tiled backend; by default the active backend if it is a tiled one, else
   * `tiled`. If it is not active, it is made active while the model runs.
   */
  readonly backend?: string;
  /**
   * Number of samples of each variant and of the whole net; the median counts. The default is 5.
   */
  readonly rounds?: number;
  /**
   * Measures in idle moments of the page, between the page's own predictions. Choices are used from
   * the moment they are found; `inputs` must live until the promise is settled. The default is
   * false.
   */
  readonly background?: boolean;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Ends the tuning early; choices made until then stay in use, but are not remembered. */
  readonly signal?: AbortSignal;
}

export interface TuneEntry {
  /** Key of the convolution, as in `conv2d:in=1x56x56x64;f=3x3x128;...;tile=4x2x1`. */
  readonly key: string;
  /** Variant that is tried first from now on. */
  readonly chosen: string;
  /** Variant that the estimate puts first. */
  readonly before: string;
  /** Milliseconds of each variant, including moving the input into the tiles that it reads. */
  readonly measured: Readonly<Record<string, number>>;
}

export interface TuneReport {
  /** Renderer string; null on the CPU, where there is nothing to tune. */
  readonly renderer: string | null;
  /** Convolutions that this call measured; convolutions known before it are not included. */
  readonly entries: readonly TuneEntry[];
  /**
   * Speed-up: the time of a prediction with the estimates' choices divided by its time with the new
   * choices, from interleaved predictions. It is 1 if the new choices are not faster, in which case
   * the estimates' choices stay.
   */
  readonly gain: number;
}
