/**
 * What the pages measure and the commands write with --json. Other tools read these: a field may
 * be added, none renamed. Every ratio is reference time / our time, more than 1 is faster.
 */
import type { Conversion } from '../../src/engine/engineLog.js';
import type { KernelEvent, Ran } from '../models/trace.js';
import type { FaultResult } from '../webgl/faultProgram.js';

export interface Device {
  /** Unmasked renderer string of the browser's WebGL2. */
  renderer: string;
  userAgent: string;
}

/** Largest relative difference to a reference that is still agreement. */
export const tolerance = 1e-3;

// The main job.

export interface StartRow {
  model: string;
  backend: string;
  /** First run after loading: compiles programs and uploads weights; reading included. */
  firstMs: number;
  /** Median of the later runs, reading included. */
  medianMs: number;
  /** Stock webgl's medianMs / this one's. */
  ratio: number;
  /** To the output of stock webgl, see statistics.ts. */
  maxAbs: number | null;
  maxRel: number | null;
  /** WebGL programs linked by the model's runs. */
  programs: number;
  /** GPU memory held after the runs, with what is kept for reuse: the peak. 0 on the CPU. */
  gpuBytes: number;
  /** Tensors, or buffers of the backend, that the runs left behind. */
  leakedTensors: number;
}

/** A backend that has no row for a model, and why. */
export interface Missing {
  model: string;
  backend: string;
  /** True where it was meant to run and threw. */
  failed: boolean;
  reason: string;
}

/** What a backend made of the picture, for the report. */
export interface Outcome {
  backend: string;
  /** PNG as a data URL, where the model gives a picture. */
  picture?: { url: string; width: number; height: number };
  /** Amplified |difference| to stock webgl, PNG as a data URL. */
  difference?: string;
  /** Class indices with the highest probabilities, best first, where the model gives classes. */
  top?: { classIndex: number; probability: number }[];
}

export interface ModelView {
  model: string;
  /** The model's input, PNG as a data URL. */
  input: string;
  /** Width and height of the input in pixels. */
  side: number;
  /** What |difference| was multiplied by, for all backends the same. */
  amplification: number;
  outcomes: Outcome[];
  /** How often which variant of which kernel runs in one run on tiled-webgl, and its steps down. */
  variants: { kernel: string; variant: string; count: number }[];
  ladder: string[];
}

/** What the start page gives for one model. */
export interface ModelRun {
  device: Device;
  rows: StartRow[];
  missing: Missing[];
  view: ModelView;
}

/** `npm start --json`. */
export interface StartResult {
  device: Device;
  rows: StartRow[];
  missing: Missing[];
}

// The benchmark.

export interface BenchRow {
  id: string;
  backend: string;
  vs: string;
  /** Median of one run, in ms; null where it failed before it was timed. */
  ms: number | null;
  vsMs: number | null;
  /** Median of the ratios of neighbouring samples. */
  ratio: number | null;
  /** Smallest and largest of them. */
  spread: [number, number] | null;
  /** Of ours: 2 * multiply-adds / time. */
  gflops: number | null;
  vsGflops: number | null;
  /** Of ours, in parts of the device's maddGflops; null on the CPU. */
  share: number | null;
  /** First run, which compiles, in ms; where variants were forced, earlier layers have compiled too. */
  firstMs: number | null;
  vsFirstMs: number | null;
  /** What ran on our side; null where no variant of ours did. */
  variant: string | null;
  /** Texels that the variant fetches in one run; null where that is not known. */
  texels: number | null;
  maxAbs: number | null;
  maxRel: number | null;
  ok: boolean;
  /** Why it is not. */
  error?: string;
}

/** A backend that was asked for and does not start. */
export interface Absent {
  backend: string;
  reason: string;
}

/** Ratios of the rows that agree; null where there is none. */
export interface RatioSummary {
  count: number;
  geomean: number | null;
  worst: number | null;
  worstId: string | null;
}

/** Every variant on one layer, each on input that lies in the tile that it reads. */
export interface VariantRow {
  id: string;
  kernel: 'conv2d' | 'depthwise';
  /** What the backend takes for input that lies in no tile yet. */
  chosen: string | null;
  best: string | null;
  /** Time of the chosen variant / time of the best; null where one of them has no time. */
  chosenToBest: number | null;
  /** Median of one run in ms, of the variants that take the layer and agree with the reference. */
  ms: Record<string, number>;
  /** Why a variant that takes the layer has no time. */
  errors: Record<string, string>;
}

/** How good the first choice is, over the layers that know both sides of it. */
export interface ChoiceSummary {
  count: number;
  /** Parts of the layers where the chosen variant takes at most 1.1 and 1.25 times the best's time. */
  within10: number | null;
  within25: number | null;
  /** Geometric mean of chosen / best. */
  geomean: number | null;
}

/** What a call of a kernel costs its thread, the GPU's work apart. */
export interface HostCost {
  backend: string;
  /** Median over the samples, each the mean of many calls that nothing waited for. */
  microseconds: number;
}

export interface BenchResult {
  suite: string;
  backend: string;
  /**
   * maddGflops: multiply-adds that fragment shaders do here, counted as two operations each.
   * fetchGtexels: RGBA32F texels that they sample in a nanosecond.
   */
  device: Device & { maddGflops: number; fetchGtexels: number };
  versions: Record<string, string>;
  rounds: number;
  /** Cost of the barrier that ends every sample, ms by backend; it is part of the sample. */
  barrierMs: Record<string, number>;
  /** WebGL programs linked in the whole run, by backend. */
  programs: Record<string, number>;
  rows: BenchRow[];
  absent: Absent[];
  /** Over the rows that agree, by the backend compared with. */
  vs: Record<string, RatioSummary>;
  /** The same by class of layer. */
  classes: Record<string, Record<string, RatioSummary>>;
  host: HostCost[];
  /** Where variants were asked for. */
  variants?: { rows: VariantRow[]; choice: ChoiceSummary };
}

/** A page that cannot give its result says why instead. */
export interface PageError {
  error: string;
  /** The picture that the page was given is none. */
  unreadablePicture?: boolean;
}

// Faults put into WebGL.

export interface FaultsPageResult {
  device: Device;
  /** How many calls of the kind the program makes. */
  calls: number;
  results: FaultResult[];
}

// The benchmark of whole nets.

/** A net on a backend. */
export interface NetRow {
  net: string;
  backend: string;
  /** First prediction on a page of its own in a fresh browser: compiles and uploads. */
  firstMs: number;
  /** What warmUp() took before it; null where it was not asked for, or the backend is not ours. */
  warmUpMs: number | null;
  /** Of the later ones, in rounds over all backends. */
  medianMs: number;
  p90Ms: number;
  /** The reference's medianMs / this one's. */
  ratio: number;
  /** This one's firstMs / the reference's. */
  firstToReference: number;
  /** The same of peakGpuBytes; null where one of them uses none. */
  gpuToReference: number | null;
  /** WebGL programs linked by the first prediction, 0 elsewhere. */
  programs: number;
  /** In one prediction, by kind and kernel; null where the backend does not convert. */
  conversions: Conversion[] | null;
  /** Those after the first convolution, to the last one. */
  conversionsBetween: Conversion[] | null;
  /** How often which kernel ran stock programs between the first convolution and the last one. */
  stockBetween: Record<string, number> | null;
  /** The most GPU memory held at any time, with what is kept for reuse; 0 on the CPU. */
  peakGpuBytes: number;
  /** To the reference's outputs, the worst of them. */
  maxRel: number | null;
  /** The second, the hundredth and the last prediction are bit for bit the first. */
  repeats: boolean;
  /** Predictions on the page that timed them. */
  predictions: number;
  /** What the last prediction held more than the second. */
  grown: { tensors: number; bytes: number; gpuBytes: number; textures: number };
}

export interface NetSummary {
  /** Over the nets; null where there is none. */
  ratio: RatioSummary;
  /** Geometric means of the parts of the reference's; null where there is none. */
  firstToReference: number | null;
  gpuToReference: number | null;
}

export interface NetFailure {
  net: string;
  backend: string;
  reason: string;
}

/** `npm run bench -- --suite models --json`. */
export interface NetBenchResult {
  suite: 'models';
  device: Device;
  backend: string;
  /** What the others are compared with. */
  reference: string;
  rounds: number;
  rows: NetRow[];
  failures: NetFailure[];
  /** By backend, the reference apart. */
  summary: Record<string, NetSummary>;
}

// The profile.

export interface ProfileRow {
  kernel: string;
  /** Of convolutions of ours. */
  variant: string | null;
  ran: Ran;
  calls: number;
  /** Of all calls of one prediction. */
  ms: number;
  /** In parts of all kernels. */
  share: number;
  conversions: number;
  /** That the conversions wrote. */
  texels: number;
}

/** `npm run profile --json`. */
export interface ProfileResult {
  device: Device;
  net: string;
  backend: string;
  rounds: number;
  /** How kernels were timed. */
  how: string;
  /** Median of predictions that nothing was timed in. */
  steadyMs: number;
  rows: ProfileRow[];
  /** By kind and kernel. */
  conversions: Conversion[];
  conversionsBetween: Conversion[];
  /** The last prediction, kernel by kernel. */
  events: KernelEvent[];
}
