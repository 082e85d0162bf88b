/** Description of a net that a benchmark runs: plain data. */
import type { FaceNetName } from './faceApi.js';
import type { TrainingName } from './training/index.js';
import type { ZooName } from './zoo/index.js';

/** Source of a net. copy.mjs puts its files in place; paths are under dist/pages. */
export type NetSource =
  | {
      readonly format: 'layers';
      readonly path: string;
      /** A layer whose result is returned before the model's own outputs. */
      readonly also?: string;
    }
  | {
      readonly format: 'graph';
      readonly path: string;
      /** Nodes to return instead of all outputs. */
      readonly outputs?: readonly string[];
      /** Set if the graph has control flow and must run by executeAsync. */
      readonly isDynamic?: true;
    }
  /** A class of face-api; its code is the graph. */
  | { readonly format: 'face'; readonly net: FaceNetName }
  /** A builder of the zoo, which makes the weights too, for inputs of this shape. */
  | { readonly format: 'code'; readonly net: ZooName; readonly shape: readonly number[] }
  /** A builder of a net in training, for a batch of this shape. Its output is the loss of a step. */
  | { readonly format: 'training'; readonly net: TrainingName; readonly shape: readonly number[] };

interface Described {
  readonly name: string;
  /** One sentence for a report. */
  readonly about: string;
  readonly source: NetSource;
}

/** A net whose input is a picture [1, side, side, 3] with values from 0 to `white`. */
export interface PictureNet extends Described {
  /** Test picture: a flower or a face. */
  readonly picture: 'flower.png' | 'face.jpg';
  readonly side: number;
  readonly white: number;
  /** Type of the input; 'float32' if not set. */
  readonly dtype?: 'int32';
}

/** A net whose input is seeded noise in [-1, 1). */
export interface NoiseNet extends Described {
  readonly shape: readonly number[];
}

export type Net = PictureNet | NoiseNet;

/** True for a net in training, whose every run is a step and has the loss as its output. */
export const isTrained = ({ source }: Pick<Net, 'source'>): boolean => source.format === 'training';
