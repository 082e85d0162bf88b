import {
  Add,
  backend_util,
  ClipByValue,
  FusedBatchNorm,
  LeakyRelu,
  Maximum,
  Minimum,
  Multiply,
  Prelu,
  RealDiv,
  Relu,
  Relu6,
  Sub,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type CPUKernel, type CPURunner, valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Operators by their numbers in wasm/elementwise.ts. */
const operators = { add: 0, sub: 1, mul: 2, div: 3, max: 4, min: 5, leak: 6 } as const;
type Operator = keyof typeof operators;

/**
 * Broadcast of an operand to y [rows, length]: its own row for each row (all), one row for all rows
 * (row), or one value per row (value).
 */
type Spread = 'all' | 'row' | 'value';

interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly spread: Spread;
}

/** Returns the broadcast of an operand; null if it is none of these. */
function rowsOf(shape: readonly number[], out: readonly number[]): Rows | null {
  const [size, outSize] = [sizeOf(shape), sizeOf(out)];
  if (size === outSize) return { rows: 1, length: outSize, spread: 'all' };
  if (size === 1) return { rows: 1, length: outSize, spread: 'value' };
  const aligned = [...new Array(out.length - shape.length).fill(1), ...shape];
  const first = aligned.findIndex((length) => length !== 1);
  if (aligned.every((length, axis) => axis < first || length === out[axis])) {
    return { rows: outSize / size, length: size, spread: 'row' };
  }
  const last = aligned.findLastIndex((length) => length !== 1);
  if (aligned.every((length, axis) => axis > last || length === out[axis])) {
    return { rows: size, length: outSize / size, spread: 'value' };
  }
  return null;
}

/** Computes a op b; returns null if both operands broadcast, or one does in an unsupported way. */
function combine(
  backend: CPURunner,
  micro: Microkernels,
  operator: Operator,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | null {
  if (!isFloat(a) || !isFloat(b)) return null;
  const out = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const [ofA, ofB] = [rowsOf(a.shape, out), rowsOf(b.shape, out)];
  if (ofA === null || ofB === null || (ofA.spread !== 'all' && ofB.spread !== 'all')) return null;
  const { rows, length } = ofA.spread === 'all' ? ofB : ofA;
  const step = ({ spread }: Rows) => (spread === 'all' ? 4 * length : spread === 'row' ? 0 : 4);
  return onHeap(backend, out, (y) => {
    const [aAt, bAt] = [backend.address(a), backend.address(b)];
    backend.withBlock(32, (scratch) => {
      /** Computes rows `row` and so on, from values of a row that begin at `from`. */
      const compute = (row: number, from: number, someRows: number, count: number) => {
        const at = (of: Rows, address: number) =>
          address + step(of) * row + (of.spread === 'value' ? 0 : 4 * from);
        micro.binary(
          operators[operator],
          someRows,
          count,
          at(ofA, aAt),
          step(ofA),
          Number(ofA.spread === 'value'),
          at(ofB, bAt),
          step(ofB),
          Number(ofB.spread === 'value'),
          y + 4 * (row * length + from),
          scratch,
        );
      };
      const whole = [
        ...(ofA.spread === 'all' ? [] : [aAt]),
        ...(ofB.spread === 'all' ? [] : [bAt]),
      ];
      backend.stepInParts({
        ...{ length: rows * length, grain: rows === 1 ? 1 : length, y, whole },
        run: (from, count) => {
          if (rows === 1) compute(0, from, 1, count);
          else compute(from / length, 0, count / length, length);
        },
      });
    });
  });
}

const binaryKernel = (kernelName: string, operator: Operator): CPUKernel =>
  stockOr<{ a: TensorInfo; b: TensorInfo }>(kernelName, ({ inputs, backend, micro }) =>
    combine(backend, micro, operator, inputs.a, inputs.b),
  );

/** Makes a kernel that clamps x to [low, high]. */
function clipped<Attrs>(
  kernelName: string,
  limits: (attrs: Attrs) => readonly [low: number, high: number],
): CPUKernel {
  return stockOr<{ x: TensorInfo }, Attrs>(
    kernelName,
    ({ inputs: { x }, attrs, backend, micro }) =>
      isFloat(x)
        ? onHeap(backend, x.shape, (y) => {
            const [at, length] = [backend.address(x), sizeOf(x.shape)];
            const [low, high] = limits(attrs);
            backend.stepInParts({
              ...{ length, grain: 1, y, whole: [] },
              run: (from, count) => micro.clip(at + 4 * from, y + 4 * from, count, low, high),
            });
          })
        : null,
  );
}

const leakyRelu = stockOr<{ x: TensorInfo }, { alpha: number }>(
  LeakyRelu,
  ({ inputs: { x }, attrs, backend, micro }) => {
    if (!isFloat(x)) return null;
    const alpha = backend.makeTensorInfo([], 'float32', Float32Array.of(attrs.alpha));
    const y = combine(backend, micro, 'leak', x, alpha);
    backend.disposeIntermediateTensorInfo(alpha);
    return y;
  },
);

const prelu = stockOr<{ x: TensorInfo; alpha: TensorInfo }>(
  Prelu,
  ({ inputs: { x, alpha }, backend, micro }) => combine(backend, micro, 'leak', x, alpha),
);

interface BatchNormInputs {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  offset?: TensorInfo;
  scale?: TensorInfo;
}

/**
 * Computes (x - mean) * scale / sqrt(variance + epsilon) + offset along the last axis. The four
 * parameters must have the same rank.
 */
const fusedBatchNorm = stockOr<BatchNormInputs, { varianceEpsilon?: number }>(
  FusedBatchNorm,
  ({ inputs, attrs, backend, micro }) => {
    const { x, mean, variance, offset, scale } = inputs;
    const channels = x.shape.at(-1) ?? 1;
    const parts = [mean, variance, offset, scale].filter((t) => t != null);
    const isByChannel = parts.every(
      (t) =>
        isFloat(t) &&
        [1, channels].includes(sizeOf(t.shape)) &&
        t.shape.length === mean.shape.length,
    );
    if (!isFloat(x) || !isByChannel) return null;
    const epsilon = attrs.varianceEpsilon ?? 0.001;
    for (const part of parts) backend.noteConstant(part, 'a parameter of batch norm');
    return onHeap(backend, x.shape, (y) => {
      const xAt = backend.address(x);
      backend.withBlock(3 * 4 * channels, (block) => {
        const into = backend.view(block, 3 * channels);
        const of = (t: TensorInfo | undefined, c: number, otherwise: number) => {
          if (t == null) return otherwise;
          const values = valuesOf(backend, t);
          return values.length === 1 ? values[0] : values[c];
        };
        for (let c = 0; c < channels; c++) {
          into[c] = of(mean, c, 0);
          into[channels + c] = of(scale, c, 1) / Math.sqrt(of(variance, c, 0) + epsilon);
          into[2 * channels + c] = of(offset, c, 0);
        }
        const [factorAt, offsetAt] = [block + 4 * channels, block + 8 * channels];
        const rows = channels === 0 ? 0 : sizeOf(x.shape) / channels;
        backend.stepInParts({
          ...{ length: rows * channels, grain: Math.max(1, channels), y, whole: [] },
          run: (from, count) => {
            const [x, into] = [xAt + 4 * from, y + 4 * from];
            micro.normalize(x, into, count / channels, channels, block, factorAt, offsetAt);
          },
        });
      });
    });
  },
);

export const elementwiseKernels: readonly CPUKernel[] = [
  binaryKernel(Add, 'add'),
  binaryKernel(Sub, 'sub'),
  binaryKernel(Multiply, 'mul'),
  binaryKernel(RealDiv, 'div'),
  binaryKernel(Maximum, 'max'),
  binaryKernel(Minimum, 'min'),
  clipped(Relu, () => [0, Number.POSITIVE_INFINITY]),
  clipped(Relu6, () => [0, 6]),
  clipped<{ clipValueMin: number; clipValueMax: number }>(
    ClipByValue,
    ({ clipValueMin, clipValueMax }) => [clipValueMin, clipValueMax],
  ),
  leakyRelu,
  prelu,
  fusedBatchNorm,
];
