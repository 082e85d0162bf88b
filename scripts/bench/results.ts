/**
 * Results of `npm run bench --json`, which other tools read: fields may be added but not renamed.
 * Every ratio is reference time / our time; more than 1 means that our backend is faster.
 */
import type { Conversion, LadderStep } from '../../src/engine/engineLog.js';
import type { NetSuite } from '../models/suites.js';
import type { Device } from '../report/page.js';

// Layers.

export interface BenchRow {
  id: string;
  backend: string;
  vs: string;
  /** Median milliseconds of one run; null if the layer failed before it was timed. */
  ms: number | null;
  vsMs: number | null;
  /** Median of the ratios of neighbouring samples. */
  ratio: number | null;
  /** Smallest and largest of those ratios. */
  spread: [number, number] | null;
  /** Speed of `backend`: 2 * multiply-adds / time. */
  gflops: number | null;
  vsGflops: number | null;
  /** Speed of `backend` as a fraction of the device's maddGflops; null on the CPU. */
  share: number | null;
  /**
   * Milliseconds of the first run, which compiles. With forced variants, earlier layers have
   * compiled programs too.
   */
  firstMs: number | null;
  vsFirstMs: number | null;
  /** Variant that `backend` ran; null if none of our variants ran. */
  variant: string | null;
  /** Number of texels that the variant fetches in one run; null if unknown. */
  texels: number | null;
  maxAbs: number | null;
  maxRel: number | null;
  ok: boolean;
  /** Reason why `ok` is false. */
  error?: string;
}

/** A requested backend that does not start. */
export interface Absent {
  backend: string;
  reason: string;
}

/** Summary of the ratios of the rows that agree; null fields if there are none. */
export interface RatioSummary {
  count: number;
  geomean: number | null;
  worst: number | null;
  worstId: string | null;
}

/** Every variant on one layer, each with its input in the tile that it reads. */
export interface VariantRow {
  id: string;
  kernel: 'conv2d' | 'depthwise';
  /** Variant that the backend chooses for input that is in no tile yet. */
  chosen: string | null;
  best: string | null;
  /** Time of the chosen variant / time of the best; null if either has no time. */
  chosenToBest: number | null;
  /**
   * Median milliseconds of one run, for variants that support the layer and agree with the
   * reference.
   */
  ms: Record<string, number>;
  /** Reasons why variants that support the layer have no time. */
  errors: Record<string, string>;
}

/**
 * Quality of the first choice, over the layers with a time for both the chosen and the best
 * variant.
 */
export interface ChoiceSummary {
  count: number;
  /**
   * Fractions of layers on which the chosen variant takes at most 1.1 and 1.25 times the best time.
   */
  within10: number | null;
  within25: number | null;
  /** Geometric mean of chosen / best. */
  geomean: number | null;
}

/** Cost of a kernel call on the calling thread, without the GPU's work. */
export interface HostCost {
  backend: string;
  /** Median over the samples; each sample is the mean of many calls without waiting for results. */
  microseconds: number;
}

export interface BenchResult {
  suite: string;
  backend: string;
  /**
   * maddGflops: multiply-adds that fragment shaders reach on this device, counted as two operations
   * each. fetchGtexels: RGBA32F texels that they sample per nanosecond.
   */
  device: Device & { maddGflops: number; fetchGtexels: number };
  versions: Record<string, string>;
  rounds: number;
  /** Milliseconds of the barrier that ends every sample, by backend; the sample includes it. */
  barrierMs: Record<string, number>;
  /** Number of WebGL programs linked in the whole run, by backend. */
  programs: Record<string, number>;
  rows: BenchRow[];
  absent: Absent[];
  /** Ratio summaries over the rows that agree, by reference backend. */
  vs: Record<string, RatioSummary>;
  /** Ratio summaries by reference backend and class of layer. */
  classes: Record<string, Record<string, RatioSummary>>;
  host: HostCost[];
  /** Present if variants were requested. */
  variants?: { rows: VariantRow[]; choice: ChoiceSummary };
}

// Whole nets.

/** A net on a backend. Of a net in training, a prediction is one step. */
export interface NetRow {
  net: string;
  backend: string;
  /**
   * The backend that this row is compared with: that of the whole run, or 'cpu' where it lacks a kernel
   * of the net.
   */
  reference: string;
  /**
   * Milliseconds of the first prediction on a separate page in a fresh browser: compiles and
   * uploads.
   */
  firstMs: number;
  /** Milliseconds of the warmUp() before it; null if not requested, or not a tiled backend. */
  warmUpMs: number | null;
  /** Median milliseconds of the later predictions, in rounds over all backends. */
  medianMs: number;
  p90Ms: number;
  /** The reference's medianMs / this row's medianMs. */
  ratio: number;
  /** This row's firstMs / the reference's firstMs. */
  firstToReference: number;
  /** This row's peakGpuBytes / the reference's peakGpuBytes; null if either is 0. */
  gpuToReference: number | null;
  /** Number of WebGL programs linked by the first prediction, 0 on other backends. */
  programs: number;
  /** Conversions in one prediction, by kind and kernel; null if the backend does not convert. */
  conversions: Conversion[] | null;
  /** Conversions after the first convolution, up to the last one. */
  conversionsBetween: Conversion[] | null;
  /**
   * Number of runs of each kernel, between the first convolution and the last one, that stock webgl's
   * programs or stock cpu computed; null on stock backends without programs.
   */
  stockBetween: Record<string, number> | null;
  /** The same in the whole prediction. */
  stock: Record<string, number> | null;
  /** Fallbacks of our kernels in one prediction, with reasons; null on stock backends. */
  fallbacks: LadderStep[] | null;
  /** Peak bytes of GPU memory, including what is kept for reuse; 0 on the CPU. */
  peakGpuBytes: number;
  /**
   * Largest relative difference over all outputs from the reference's outputs; of nets in training,
   * that of `loss`.
   */
  maxRel: number | null;
  /**
   * True if the second, the hundredth and the last prediction equal the first bit for bit; null for
   * nets in training, whose every step changes the weights.
   */
  repeats: boolean | null;
  /** Number of predictions, or steps of training, on the page that timed them. */
  predictions: number;
  /** Loss before the last of as many steps as all backends made; absent for nets that only predict. */
  loss?: { steps: number; value: number };
  /** Growth of the resources held, from the second prediction, or the first steps of training, to the last. */
  grown: { tensors: number; bytes: number; gpuBytes: number; textures: number };
}

export interface NetSummary {
  /** Summary over the nets; null fields if there are none. */
  ratio: RatioSummary;
  /** Geometric means of the ratios to the reference; null if there are none. */
  firstToReference: number | null;
  gpuToReference: number | null;
}

export interface NetFailure {
  net: string;
  backend: string;
  reason: string;
}

/** Result of `npm run bench -- --suite models --json`, and of the suites zoo and training. */
export interface NetBenchResult {
  suite: NetSuite;
  device: Device;
  backend: string;
  /** The backend that the others are compared with. */
  reference: string;
  rounds: number;
  /** True if tiled backends predicted from recordings in the rounds. */
  isCaptured: boolean;
  rows: NetRow[];
  failures: NetFailure[];
  /** Nets of which a stock backend lacks a kernel; these are no faults. */
  absent: NetFailure[];
  /** Summaries by backend, without the reference. */
  summary: Record<string, NetSummary>;
}

// Cost on the host.

/** Work of the calling thread in one prediction, until its last read, and outside of reads. */
export interface HostRow {
  net: string;
  backend: string;
  /** Median milliseconds. */
  ms: number;
  /** Smallest of these times. */
  leastMs: number;
  /** Median milliseconds with the reads, and so with the device's work. */
  wholeMs: number;
  /** For captured predictions, their whole time in parts of eager ones; else null. */
  wholeToEager: number | null;
  /** WebGL calls, without reads, and the draws among them. */
  calls: number;
  draws: number;
  /** The calls by name, most frequent first. */
  byName: Record<string, number>;
  /** Median bytes of JavaScript heap allocated; null if the browser does not tell. */
  allocated: number | null;
  /** This row's figures in parts of the reference's; null where the reference's is 0 or null. */
  msToReference: number;
  callsToReference: number | null;
  allocatedToReference: number | null;
}

/** Geometric means and the worst, over the nets; null if there are none. */
export interface HostSummary {
  count: number;
  /** Whole time of captured predictions in parts of eager ones. */
  whole: number | null;
  worstWhole: number | null;
  ms: number | null;
  worstMs: number | null;
  worstNet: string | null;
  calls: number | null;
  allocated: number | null;
}

/** Result of `npm run bench -- --suite host --json`. */
export interface HostBenchResult {
  suite: 'host';
  device: Device;
  backend: string;
  reference: string;
  rounds: number;
  rows: HostRow[];
  failures: NetFailure[];
  /** By backend, without the reference. */
  summary: Record<string, HostSummary>;
}

// Comparison with LiteRT.js and ONNX Runtime Web.

export interface PeerRow {
  net: string;
  /** Contestant: `litert`, `onnxruntime`, a backend, or a backend with ` captured` after it. */
  name: string;
  ms: number;
  leastMs: number;
  /** LiteRT's time in parts of this one. */
  speedup: number;
  /** ONNX Runtime's time in parts of this one; null if it did not run the net. */
  onnxSpeedup: number | null;
  /** Largest difference from LiteRT's outputs, in parts of their largest value. */
  difference: number;
  /** Milliseconds from no script to the first outputs, on a page of its own in a fresh browser. */
  firstMs: number;
  /** Bytes of scripts and WebAssembly that this page loads, without the net. */
  downloadBytes: number;
  /** The same, each file by gzip. */
  gzipBytes: number;
  /** Bytes of memory of this page and its workers after the first outputs; null if the browser does not tell. */
  memoryBytes: number | null;
}

/** Geometric mean and worst of the speedups over a peer. */
export interface PeerSummary {
  count: number;
  mean: number;
  worst: number;
  worstNet: string;
}

/** Result of `npm run bench -- --suite peers --json`. */
export interface PeerBenchResult {
  suite: 'peers';
  device: Device;
  backend: string;
  rounds: number;
  threads: number;
  rows: PeerRow[];
  failures: NetFailure[];
  /** Speedups over LiteRT by contestant. */
  summary: Record<string, PeerSummary>;
  /** Speedups over ONNX Runtime by contestant. */
  onnxSummary: Record<string, PeerSummary>;
}
