/** Result of a comparison on a user's model: plain data, downloaded as JSON. Fields may be added but not renamed. */
import type { Conversion, LadderStep } from '../../src/engine/engineLog.js';
import type { TiledInfo } from '../../src/tiledInfo.js';
import type { ProfileRow } from '../profile/results.js';

export type ModelFormat = 'graph' | 'layers' | 'tflite';

export interface ModelFacts {
  readonly name: string;
  readonly format: ModelFormat;
  readonly weightBytes: number;
}

export interface InputFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** `random`: seeded values; `picture`: a picture that was resized to the shape. */
  readonly from: 'random' | 'picture';
}

/** Kernels of one prediction on a backend, by time, with what they convert. */
export interface Account {
  /** Kernels by time, the slowest first. */
  readonly kernels: readonly ProfileRow[];
  /** Name of the method that timed them. */
  readonly how: string;
  /** Passes that only moved values into, out of or between tiles. */
  readonly conversions: readonly Conversion[];
  /** Number of calls that stock's kernels computed for a tiled backend, by kernel. */
  readonly stock: Readonly<Record<string, number>>;
  readonly ladder: readonly LadderStep[];
}

export interface SideRow {
  /** Name of the backend; with ` captured` after it, predictions are recorded. */
  readonly side: string;
  /** Milliseconds of the first prediction, with compiling, and with recording if captured. */
  readonly firstMs: number;
  /** Milliseconds of steady predictions, in rounds over all sides. */
  readonly times: readonly number[];
  readonly medianMs: number;
  /** Bytes that the model and a prediction added: textures, a heap, or tensors where the backend says no more. */
  readonly bytes: number;
  readonly bytesOf: 'textures' | 'heap' | 'tensors';
  /**
   * Largest difference to stock cpu, in parts of the largest value of that output. Null if a value is
   * not finite, or if stock cpu gave none.
   */
  readonly maxRel: number | null;
  /** Null for recorded predictions, and where a prediction takes too long. */
  readonly account: Account | null;
}

export interface SideFailure {
  readonly side: string;
  readonly reason: string;
}

export interface OwnModelResult {
  readonly kind: 'tfjs-backend-tiled own model';
  readonly format: 1;
  readonly version: string;
  /** Time of the end, ISO 8601. */
  readonly finishedAt: string;
  readonly device: { readonly renderer: string | null; readonly userAgent: string };
  readonly model: ModelFacts;
  readonly inputs: readonly InputFacts[];
  /** Number of values of each output. */
  readonly outputs: readonly number[];
  /** Choice of `tiled` on this device; null if it does not start. */
  readonly tiled: Pick<TiledInfo, 'engine' | 'reason' | 'device' | 'build' | 'threads'> | null;
  /** True if stock cpu computed the answer that the others are compared with. */
  readonly hasReference: boolean;
  readonly rows: readonly SideRow[];
  readonly failures: readonly SideFailure[];
}

/** Name of a result's file. */
export function fileName({ model, finishedAt }: OwnModelResult): string {
  const name = model.name.replace(/\.[a-z]+$/i, '').replace(/[^a-z0-9]+/gi, '-');
  return `tiled-${name}-${finishedAt.slice(0, 10)}.json`.toLowerCase();
}
