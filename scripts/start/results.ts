/**
 * Results of the start page, and of `npm start --json`. Other tools read the latter, so fields may
 * be added but not renamed.
 */
import type { Point } from '../models/faceApi.js';
import type { Device, PageError } from '../report/page.js';

export interface StartRow {
  model: string;
  backend: string;
  /**
   * Milliseconds of the first run after loading, which compiles programs and uploads weights;
   * includes reading the output.
   */
  firstMs: number;
  /** Median milliseconds of the later runs, including reading the output. */
  medianMs: number;
  /** Stock webgl's medianMs / this row's medianMs. */
  ratio: number;
  /** Differences from the output of stock webgl; see statistics.ts. */
  maxAbs: number | null;
  maxRel: number | null;
  /** Number of WebGL programs linked by the model's runs. */
  programs: number;
  /**
   * Bytes of GPU memory held after the runs, including what is kept for reuse: the peak. 0 on the
   * CPU.
   */
  gpuBytes: number;
  /** Number of tensors, or of the backend's buffers, that the runs left behind. */
  leakedTensors: number;
}

/** A backend without a row for a model, and the reason. */
export interface Missing {
  model: string;
  backend: string;
  /** True if the backend was meant to run and threw an error. */
  failed: boolean;
  reason: string;
}

/** A face in pixels of the model's input: a box, and points of eyes, nose, mouth and chin. */
export interface Face {
  /** Score of the box, from 0 to 1. */
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly points: readonly Point[];
}

/** Engine that `tiled` chooses on the device, and the reason. */
export interface Choice {
  engine: 'webgl' | 'cpu';
  reason: string;
}

/** A backend's output for the picture, as the report shows it. */
export interface Outcome {
  backend: string;
  /** PNG as a data URL, if the model outputs a picture. */
  picture?: { url: string; width: number; height: number };
  /** Amplified |difference| to stock webgl, PNG as a data URL. */
  difference?: string;
  /** Faces, the surest first, if the model detects faces. */
  faces?: Face[];
}

export interface ModelView {
  model: string;
  /** The model's input, PNG as a data URL. */
  input: string;
  /** Width and height of the input in pixels. */
  side: number;
  /** Factor that multiplies |difference|, the same for all backends. */
  amplification: number;
  outcomes: Outcome[];
  /**
   * Number of times that each variant of each kernel runs in one run on tiled-webgl; in `ladder`,
   * the fallbacks taken.
   */
  variants: { kernel: string; variant: string; count: number }[];
  ladder: string[];
}

/** Result of the start page for one model. */
export interface ModelRun {
  device: Device;
  choice: Choice;
  rows: StartRow[];
  missing: Missing[];
  view: ModelView;
}

/** Reason why the start page has no result. */
export interface StartError extends PageError {
  /** True if the browser cannot read the given file as a picture. */
  unreadablePicture?: boolean;
}

/** Result of `npm start --json`. */
export interface StartResult {
  device: Device;
  choice: Choice;
  rows: StartRow[];
  missing: Missing[];
}
