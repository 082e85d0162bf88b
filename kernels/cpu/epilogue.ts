import type { DataFormat } from '../shape/convShape.js';
import { type FusedActivation, spreadOver } from '../shape/fused.js';

/** A bias or prelu tensor that broadcasts to a convolution's output. */
export interface Operand {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
}

export interface Epilogue {
  readonly bias: Operand | null;
  readonly activation: FusedActivation;
  /** Needed by 'prelu'. */
  readonly slopes: Operand | null;
  /** Used by 'leakyrelu'. */
  readonly alpha: number;
}

/**
 * Adds the bias to y and applies the activation, in place. y has `shape`, in the order of
 * `dataFormat`. An operand of rank 1 applies to the channels; others are aligned at the last axis.
 *
 * @throws Error if an operand does not broadcast to `shape`.
 */
export function finish(
  y: Float32Array,
  shape: readonly number[],
  dataFormat: DataFormat,
  { bias, activation, slopes, alpha }: Epilogue,
): void {
  if (bias != null) {
    const { values } = bias;
    eachRow('bias', shape, dataFormat, bias.shape, (at, length, from, step) => {
      for (let i = 0; i < length; i++) y[at + i] += values[from + i * step];
    });
  }
  if (activation === 'prelu') {
    if (slopes == null) throw new Error('Activation prelu needs preluActivationWeights.');
    const { values } = slopes;
    eachRow('PReLU weights', shape, dataFormat, slopes.shape, (at, length, from, step) => {
      for (let i = 0; i < length; i++) {
        if (y[at + i] < 0) y[at + i] *= values[from + i * step];
      }
    });
  } else {
    activate[activation](y, alpha);
  }
}

const activate: Record<
  Exclude<FusedActivation, 'prelu'>,
  (y: Float32Array, alpha: number) => void
> = {
  linear: () => {},
  relu: (y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.max(0, y[i]);
  },
  relu6: (y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.min(Math.max(0, y[i]), 6);
  },
  elu: (y) => {
    for (let i = 0; i < y.length; i++) if (y[i] < 0) y[i] = Math.expm1(y[i]);
  },
  leakyrelu: (y, alpha) => {
    for (let i = 0; i < y.length; i++) if (y[i] < 0) y[i] *= alpha;
  },
  sigmoid: (y) => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-y[i]));
  },
};

type Row = (at: number, length: number, operandAt: number, operandStep: 0 | 1) => void;

/** Calls `row` for each run along the last of the four axes, with the operand's matching offset. */
function eachRow(
  name: string,
  shape: readonly number[],
  dataFormat: DataFormat,
  operandShape: readonly number[],
  row: Row,
): void {
  const sizes = spreadOver(name, operandShape, shape, dataFormat);
  const stride = (axis: number) =>
    sizes[axis] === 1 ? 0 : sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
  const [s0, s1, s2] = [stride(0), stride(1), stride(2)];
  const step = sizes[3] === 1 ? 0 : 1;
  const length = shape[3];
  let at = 0;
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let k = 0; k < shape[2]; k++, at += length) {
        row(at, length, i * s0 + j * s1 + k * s2, step);
      }
    }
  }
}
